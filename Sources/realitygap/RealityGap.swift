import ArgumentParser

/// The command-line entry point: one subcommand a file, see `Commands/`.
@main
struct RealityGap: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "realitygap",
    abstract: "Evaluate and train the real-to-canonical transform of Lomnitz et al. (2020).",
    subcommands: [ImportCommand.self, InspectCommand.self])
}
