import ArgumentParser

/// `realitygap export`: the database's contents and networks, for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write runs, metrics, predictions and networks for other programs.",
    subcommands: [
      ExportCSVCommand.self, ExportTensorBoardCommand.self, ExportMLflowCommand.self,
      ExportONNXCommand.self, ExportSafetensorsCommand.self,
    ])
}
