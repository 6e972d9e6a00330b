import ArgumentParser
import Foundation
import Models
import Support
import WeightFiles

/// `realitygap import`: weights of PyTorch's users into HDF5.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turn PyTorch weights (.pth, .safetensors) into HDF5, without Python.",
    discussion: """
      Reads torch.save's zip and legacy formats, holding a state dict or a checkpoint that has one \
      under "state_dict", and safetensors. Nothing in the file is executed; one that asks for \
      anything but tensors is refused.
      """)

  @Argument(help: "The PyTorch or safetensors file.", completion: .file())
  var file: String

  @Option(help: "The HDF5 file to write.", completion: .file(extensions: ["h5"]))
  var output: String

  @Option(
    name: [.customLong("model"), .customLong("models")],
    help: "The model that the weights must fit, e.g. resnet50.")
  var model: String?

  func run() throws {
    let expected = try model.map { try Architecture.named($0) }
    try AtomicFile.check(output)
    var weights = try WeightImporter.importFile(file)
    try expected?.check(weights, file: file)
    let fitting = Architecture.matching(weights.shapes)?.name
    weights.attributes["architecture"] = fitting
    let name = URL(fileURLWithPath: file).lastPathComponent
    weights.attributes["source"] = "\(name) (SHA-256 \(try FileDigest.sha256(path: file)))"
    try weights.write(output)
    print("\(output): \(weights.count) tensors, model \(fitting ?? "unknown")")
  }
}
