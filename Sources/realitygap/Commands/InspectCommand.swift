import ArgumentParser
import Foundation
import Models
import Support
import WeightFiles

/// `realitygap inspect`: what is in a weight file.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "List an HDF5 file's tensors, the model or corrector they form, and its SHA-256.")

  @Argument(help: "The HDF5 file.", completion: .file(extensions: ["h5"]))
  var file: String

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  func run() throws {
    let contents = try WeightFileContents(file)
    print(json ? try contents.json() : contents.table())
  }
}

/// What `inspect` prints.
private struct WeightFileContents: Encodable {
  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let type: String
    /// Why it cannot be read.
    let problem: String?
  }

  struct Corrector: Encodable {
    var stages: [String]?
    var parameters: Int?
    /// Why it cannot be used.
    var problem: String?
  }

  let file: String
  let sha256: String
  var model: String?
  var corrector: Corrector?
  let attributes: [String: String]
  let tensors: [Tensor]
  let links: [HDF5Link]
  /// How many numbers the tensors hold; shown in the table alone.
  let elementCount: Int

  private enum CodingKeys: String, CodingKey {
    case file, sha256, model, corrector, attributes, tensors, links
  }

  init(_ file: String) throws {
    let hdf5 = try HDF5File(path: file)
    let contents = try hdf5.contents()
    self.file = file
    sha256 = try FileDigest.sha256(path: file)
    attributes = try hdf5.attributes().mapValues(\.shown)
    tensors = contents.datasets.map {
      Tensor(name: $0.name, shape: $0.shape, type: "\($0.elementType)", problem: $0.problem)
    }
    links = contents.links
    elementCount = contents.datasets.reduce(0) {
      $0.addingReportingOverflow($1.elementCount).partialValue
    }
    if attributes["kind"] == CorrectorFile.kind {
      corrector = Self.corrector(hdf5)
    } else {
      model = Self.model(contents.datasets)
    }
  }

  /// The model that the tensors in the root fit, if they can be read.
  private static func model(_ datasets: [HDF5Dataset]) -> String? {
    let root = datasets.filter { !$0.name.contains("/") && !StateDict.isStepCounter($0.name) }
    guard root.allSatisfy({ $0.problem == nil }) else { return nil }
    return Architecture.matching(
      Dictionary(root.map { ($0.name, $0.shape) }) { first, _ in first })?
      .name
  }

  private static func corrector(_ file: HDF5File) -> Corrector {
    do {
      let state = try StateDict.load(file)
      let configuration = try CorrectorFile.corrector(from: state, file: file.path).configuration
      return Corrector(
        stages: configuration.orderedStages.map(\.rawValue),
        parameters: try configuration.parameterCount)
    } catch {
      return Corrector(problem: "\(error)")
    }
  }

  func json() throws -> String { try JSONValue.storedText(of: self, keys: .useDefaultKeys) }

  func table() -> String {
    let shapes = tensors.map { $0.shape.isEmpty ? "scalar" : list($0.shape) }
    let nameWidth = tensors.map(\.name.printable.count).max() ?? 0
    let shapeWidth = shapes.map(\.count).max() ?? 0
    var lines = zip(tensors, shapes).map { tensor, shape in
      let name = tensor.name.printable.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
      let extents = shape.padding(toLength: shapeWidth, withPad: " ", startingAt: 0)
      let problem = tensor.problem.map { "  (\($0))" } ?? ""
      return "\(name)  \(extents)  \(tensor.type)\(problem)"
    }
    for link in links {
      let problem = link.problem.map { "cannot be opened: \($0)" } ?? "a group"
      lines.append("\(link.name.printable)  link to \(link.target)  (\(problem))")
    }
    lines.append("")
    lines.append("tensors  \(tensors.count), \(elementCount) numbers")
    for (name, text) in attributes.sorted(by: { $0.key < $1.key }) {
      lines.append("\(name.printable)  \(text.printable)")
    }
    lines.append(verdict)
    lines.append("SHA-256  \(sha256)")
    return lines.joined(separator: "\n")
  }

  /// What the file is for.
  private var verdict: String {
    if let corrector {
      guard let stages = corrector.stages, let parameters = corrector.parameters else {
        return "corrector  cannot be used: \(corrector.problem ?? "")"
      }
      return "corrector  \(stages.joined(separator: " → ")), \(parameters) parameters"
    }
    let unread = tensors.filter { $0.problem != nil }.count
    guard unread == 0 else { return "model    unknown: \(unread) of the tensors cannot be read" }
    return "model    \(model ?? "fits no known model")"
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
