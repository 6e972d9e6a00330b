import ArgumentParser
import Models
import Support
import WeightFiles

/// `realitygap export safetensors`.
struct ExportSafetensorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "safetensors",
    abstract: "Write a corrector, or any weight file, as safetensors.",
    discussion: """
      Every tensor as F32, under the same name; the file's attributes, such as a corrector's \
      configuration, as metadata. `realitygap import` makes the same HDF5 file of it again. The Python \
      package realitygap reads both.
      """)

  @Argument(help: "The HDF5 file.", completion: .file(extensions: ["h5"]))
  var file: String

  @Option(help: "The file to write.", completion: .file(extensions: ["safetensors"]))
  var output: String

  func run() throws {
    try AtomicFile.check(output)
    let weights = try StateDict.load(file)
    if weights.attributes["kind"] == CorrectorFile.kind {
      let corrector = try CorrectorFile.corrector(from: weights, file: file)
      try weights.writeSafetensors(output)
      print("\(output): \(weights.count) tensors, corrector \(corrector.summary)")
      return
    }
    try weights.writeSafetensors(output)
    let model = Architecture.matching(weights.shapes)?.name
    print("\(output): \(weights.count) tensors, model \(model ?? "unknown")")
  }
}
