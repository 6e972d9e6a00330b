import ArgumentParser

/// `realitygap database`: maintenance of the file itself.
struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "database",
    abstract: "Check, shrink and merge databases.",
    subcommands: [
      DatabaseCheckCommand.self, DatabaseVacuumCommand.self, DatabaseMergeCommand.self,
    ])
}
