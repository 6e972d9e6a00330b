import ArgumentParser
import Foundation
import Models
import Support
import WeightFiles

/// `realitygap import`: converts PyTorch weights to HDF5.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Convert PyTorch weights (.pth, .safetensors) to HDF5, without Python.",
    discussion: """
      Reads torch.save's zip and legacy formats, safetensors and HDF5. Nothing in the file is \
      executed; a file that needs anything but tensors is refused.

      A checkpoint may hold several state dicts: averaged weights (state_dict_ema, model_ema, …) are \
      preferred, then state_dict, model and the like; --state-dict selects another. Prefixes added \
      by DataParallel, torch.compile, Lightning and other wrappers are stripped.

      Checksums are verified: those in a zip archive, and a SHA-256 in the file's name \
      (resnet50-0676ba61.pth).
      """)

  @Argument(help: "The PyTorch, safetensors or HDF5 file.", completion: .file())
  var file: String

  @Option(help: "The HDF5 file to write.", completion: .file(extensions: ["h5"]))
  var output: String

  @Option(
    name: [.customLong("model"), .customLong("models")],
    help: "The model that the weights must fit, e.g. resnet50.")
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Which of the file's state dicts, e.g. state_dict or ema.module.", valueName: "name"))
  var stateDict: String?

  @Flag(help: "Also accept weights that fit no known model.")
  var allowUnknown = false

  func run() throws {
    let expected = try model.map { try Architecture.named($0) }
    try AtomicFile.check(output)
    let imported = try WeightImporter.importFile(file, stateDict: stateDict) { shapes in
      let fitting = Architecture.matching(shapes)?.name
      return expected == nil || fitting == expected?.name ? fitting : nil
    }
    imported.notes.forEach(Progress().note)
    var weights = imported.weights
    let kind = try check(imported, expected)
    weights.attributes["architecture"] = imported.model
    weights.attributes["source"] = imported.source
    try weights.write(output)
    print("\(output): \(weights.count) tensors, \(kind)")
  }

  /// A human-readable description of the weights.
  private func check(_ imported: ImportedWeights, _ expected: Architecture?) throws -> String {
    let weights = imported.weights
    if let architecture = try expected ?? imported.model.map(Architecture.named) {
      try architecture.check(weights, file: file)
      return "model \(architecture.name)"
    }
    if weights.attributes["kind"] == CorrectorFile.kind {
      return "corrector \(try CorrectorFile.corrector(from: weights, file: file).summary)"
    }
    guard allowUnknown else {
      throw Architecture.misfit(
        weights, file: file, remedy: "choose with --state-dict, or pass --allow-unknown")
    }
    return "model unknown"
  }
}
