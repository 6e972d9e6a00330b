import ArgumentParser
import Models

/// `realitygap bench inference`: images per second of one network, from tensor to logits.
struct BenchInferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Images per second of a network, with random weights, from tensor to logits.")

  @Option(
    name: [.customLong("models"), .customLong("model")],
    help: "The models, comma-separated (default: all).")
  var models: String?

  @OptionGroup var options: BenchOptions

  func run() throws {
    let names = models?.split(separator: ",").map(String.init) ?? Architecture.all.map(\.name)
    let backend = try options.compute.makeBackend()
    let context = try options.compute.makeContext()
    try options.measurement.report(
      try names.map { try options.measureInference(Architecture.named($0), backend, context) })
  }
}
