import ArgumentParser
import Interchange
import Support

/// `realitygap export onnx`.
struct ExportONNXCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Write a corrector, or a classifier, as an ONNX model.",
    discussion: """
      Opset 20, float32, any number of images [N, 3, H, W] at a time: a corrector takes 256x256 and \
      gives 224x224, normalised as classifiers take it; a classifier takes 224x224 and gives logits. \
      The model's metadata (realitygap.input, realitygap.configuration, …) say what it is. What ONNX \
      cannot express is left out, and said on stderr and in realitygap.left_out: refinement by the \
      lattice, and reading the photo itself.
      """)

  @Argument(
    help: "The corrector's or classifier's HDF5 file.", completion: .file(extensions: ["h5"]))
  var file: String

  @Option(help: "The ONNX file to write.", completion: .file(extensions: ["onnx"]))
  var output: String

  @Flag(help: "Take bytes 0 to 255 (uint8) in place of normalised float32.")
  var uint8 = false

  func run() throws {
    try AtomicFile.check(output)
    let export = try ONNXExport(
      path: file, pixels: uint8 ? .uint8 : .normalized, version: Surroundings.version)
    for line in export.leftOut { Progress().note("left out: \(line)") }
    try export.write(to: output)
    print("\(output): \(export.summary)")
  }
}
