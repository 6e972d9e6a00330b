import ArgumentParser

/// `realitygap export`: the database's contents, for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write runs, metrics and predictions for other programs.",
    subcommands: [
      ExportCSVCommand.self, ExportTensorBoardCommand.self, ExportMLflowCommand.self,
    ])
}
