import ArgumentParser
import Foundation
import Models
import Support
import WeightFiles

/// `realitygap inspect`: what is in a weight file.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "List an HDF5 file's tensors, the model that they fit, and its SHA-256.")

  @Argument(help: "The HDF5 file.", completion: .file(extensions: ["h5"]))
  var file: String

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  func run() throws {
    let hdf5 = try HDF5File(path: file)
    let datasets = try hdf5.datasets()
    let shapes = Dictionary(datasets.map { ($0.name, $0.shape) }) { first, _ in first }
    let contents = Contents(
      file: file, sha256: try FileDigest.sha256(path: file),
      model: Architecture.matching(shapes.filter { !StateDict.isStepCounter($0.key) })?.name,
      attributes: try hdf5.attributes().mapValues(\.shown),
      tensors: datasets.map {
        Contents.Tensor(name: $0.name, shape: $0.shape, type: "\($0.elementType)")
      },
      elementCount: datasets.reduce(0) { $0.addingReportingOverflow($1.elementCount).partialValue })
    print(json ? try contents.json() : contents.table())
  }
}

/// What `inspect` prints.
private struct Contents: Encodable {
  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let type: String
  }

  let file: String
  let sha256: String
  let model: String?
  let attributes: [String: String]
  let tensors: [Tensor]
  /// How many numbers the tensors hold; shown in the table alone.
  var elementCount = 0

  private enum CodingKeys: String, CodingKey { case file, sha256, model, attributes, tensors }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  func table() -> String {
    let shapes = tensors.map { $0.shape.isEmpty ? "scalar" : list($0.shape) }
    let nameWidth = tensors.map(\.name.printable.count).max() ?? 0
    let shapeWidth = shapes.map(\.count).max() ?? 0
    var lines = zip(tensors, shapes).map { tensor, shape in
      let name = tensor.name.printable.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
      let extents = shape.padding(toLength: shapeWidth, withPad: " ", startingAt: 0)
      return "\(name)  \(extents)  \(tensor.type)"
    }
    lines.append("")
    lines.append("tensors  \(tensors.count), \(elementCount) numbers")
    for (name, text) in attributes.sorted(by: { $0.key < $1.key }) {
      lines.append("\(name.printable)  \(text.printable)")
    }
    lines.append("model    \(model ?? "fits none of the known models")")
    lines.append("SHA-256  \(sha256)")
    return lines.joined(separator: "\n")
  }

  private func list(_ shape: [Int]) -> String {
    shape.map(String.init).joined(separator: "×")
  }
}

extension HDF5Attribute {
  /// The value as one text.
  fileprivate var shown: String {
    switch self {
    case .texts(let texts): texts.joined(separator: ", ")
    case .integers(let numbers): numbers.map(String.init).joined(separator: ", ")
    case .reals(let numbers): numbers.map { String($0) }.joined(separator: ", ")
    }
  }
}
