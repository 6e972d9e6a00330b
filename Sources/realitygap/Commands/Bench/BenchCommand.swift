import ArgumentParser

/// `realitygap bench`: the speed of each part on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure speed: networks, imaging, JPEG to top-1, training, the database.",
    discussion: """
      Each command repeats its work for --seconds and prints the median rate. Absolute numbers \
      depend on the machine and its load; Benchmarks/peers.py compares with PyTorch, \
      ONNX Runtime and OpenVINO in one run.
      """,
    subcommands: [
      BenchInferenceCommand.self, BenchCorrectCommand.self, BenchConvolutionCommand.self,
      BenchImagingCommand.self,
      BenchPipelineCommand.self, BenchTable1Command.self, BenchTrainCommand.self,
      BenchRooflineCommand.self, BenchScalingCommand.self, BenchDatabaseCommand.self,
      BenchDashboardCommand.self, BenchWorkerCommand.self,
    ])
}
