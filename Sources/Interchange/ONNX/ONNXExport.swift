import Foundation
import Messages
import Models
import NeuralNetworks
import Support
import SwiftProtobuf
import Tensors
import WeightFiles

/// A corrector or a classifier as an ONNX model, opset 20, float32, for any number of images at a time.
public struct ONNXExport {
  /// What the model takes.
  public enum Pixels: String, CaseIterable, Sendable {
    /// Float32, normalised by ImageNet's mean and deviation.
    case normalized
    /// Bytes, 0 to 255; the model normalises them.
    case uint8
  }

  /// What could not be expressed, a line each.
  public let leftOut: [String]
  /// Inputs and outputs, for a reader.
  public let summary: String
  private let model: Onnx_ModelProto

  /// The version of ONNX's operators, and of its format (IR) that came with them.
  static let operators: (set: Int64, format: Int64) = (20, 9)

  /// - Parameters:
  ///   - path: the corrector's or classifier's HDF5 file.
  ///   - version: of this program.
  /// - Throws: `UserError` naming the file when it is missing, damaged, or neither.
  public init(path: String, pixels: Pixels, version: String) throws {
    let weights = try StateDict.load(path)
    let source: Source
    if weights.attributes["kind"] == CorrectorFile.kind {
      source = try Self.corrector(weights, path)
    } else if let architecture = Architecture.matching(weights.shapes) {
      source = try Self.classifier(weights, architecture, path)
    } else {
      throw Architecture.misfit(
        weights, file: path, remedy: "give a corrector, or weights that `realitygap import` wrote")
    }
    leftOut = source.leftOut
    let graph = try Self.graph(of: source, pixels)
    summary = "\(source.kind) \(source.name): \(graph.text)"
    let facts = source.facts.merging([
      "kind": source.kind, "input": pixels.rawValue, "version": version,
      "left_out": leftOut.joined(separator: "; "),
      "source_sha256": try FileDigest.sha256(path: path),
      "mean": Self.list(ImageNetStatistics.mean),
      "standard_deviation": Self.list(ImageNetStatistics.standardDeviation),
    ]) { first, _ in first }
    model = Self.model(graph.message, facts, summary: summary, version: version)
  }

  /// Writes the model.
  ///
  /// - Throws: `UserError` when the file cannot be written, or the model is larger than a protocol
  ///   buffer may be, 2 GiB.
  public func write(to path: String) throws {
    let bytes: [UInt8]
    do {
      bytes = try model.serializedBytes()
    } catch {
      throw UserError("\(path): the model cannot be written as a protocol buffer (\(error))")
    }
    try AtomicFile.write(bytes, to: path)
  }

  /// What is exported.
  private struct Source {
    let kind: String
    let name: String
    let network: RecordedNetwork
    let weights: NetworkWeights
    var leftOut: [String] = []
    /// More for the model's metadata.
    var facts: [String: String] = [:]
  }

  private static func corrector(_ state: StateDict, _ path: String) throws -> Source {
    let corrector = try CorrectorFile.corrector(from: state, file: path)
    return Source(
      kind: "corrector", name: corrector.summary, network: try corrector.recorded(),
      weights: NetworkWeights(path) { state[$0] }, leftOut: corrector.configuration.beyondNetwork,
      facts: ["configuration": state.attributes["configuration"] ?? ""])
  }

  private static func classifier(
    _ state: StateDict, _ architecture: Architecture, _ path: String
  ) throws -> Source {
    try architecture.check(state, file: path)
    return Source(
      kind: "classifier", name: architecture.name, network: try architecture.recorded(),
      weights: NetworkWeights(path) { state[$0] }, facts: ["architecture": architecture.name])
  }

  private static func graph(
    of source: Source, _ pixels: Pixels
  ) throws -> (message: Onnx_GraphProto, text: String) {
    var converter = ONNXConverter(ONNXGraph(name: source.kind)) { try source.weights[$0] }
    let network = source.network
    let shape = network.inputShape
    let type: Onnx_TensorProto.DataType = pixels == .uint8 ? .uint8 : .float
    let text = pixels == .uint8 ? "RGB, 0 to 255" : "RGB, normalised by ImageNet's statistics"
    let extents = [nil, shape.channels, shape.height, shape.width]
    converter.graph.addInput("image", type, extents, text)
    let start = pixels == .uint8 ? converter.normalized("image") : "image"
    let last = try converter.add(network.operations, input: start)[network.output]
    let end = network.outputShape
    let (name, flat) = source.kind == "corrector" ? ("corrected", false) : ("logits", true)
    _ =
      flat
      ? converter.graph.node("Flatten", [last], ["axis": .integer(1)], output: name)
      : converter.graph.node("Identity", [last], output: name)
    let result = flat ? [nil, end.channels] : [nil, end.channels, end.height, end.width]
    let meaning = flat ? "a number a class" : "RGB, normalised by ImageNet's statistics"
    converter.graph.addOutput(name, result, meaning)
    return (
      converter.graph.message,
      "image \(pixels == .uint8 ? "uint8" : "float32") \(Self.text(extents)), \(text)"
        + " → \(name) float32 \(Self.text(result)), \(meaning)"
    )
  }

  private static func model(
    _ graph: Onnx_GraphProto, _ facts: [String: String], summary: String, version: String
  ) -> Onnx_ModelProto {
    var model = Onnx_ModelProto()
    model.irVersion = operators.format
    var set = Onnx_OperatorSetIdProto()
    set.domain = ""
    set.version = operators.set
    model.opsetImport = [set]
    model.producerName = "realitygap"
    model.producerVersion = version
    model.docString = summary
    model.graph = graph
    model.metadataProps = facts.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map {
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = ("realitygap.\($0.key)", $0.value)
      return entry
    }
    return model
  }

  private static func text(_ shape: [Int?]) -> String {
    "[" + shape.map { $0.map(String.init) ?? "N" }.joined(separator: ", ") + "]"
  }

  private static func list(_ numbers: [Float]) -> String {
    numbers.map { "\($0)" }.joined(separator: ", ")
  }
}
