import Foundation
import Messages
import Models
import Support
import SwiftProtobuf
import Testing

import Interchange

/// What the values are is checked by Scripts/interchange/networks.py, with ONNX Runtime.
@Suite("Export of networks as ONNX")
struct ONNXTests {
  /// A small corrector of all stages.
  private static func configuration(
    _ change: (inout CorrectorConfiguration) -> Void = { _ in }
  ) -> CorrectorConfiguration {
    var configuration = CorrectorConfiguration(
      stages: [.stn, .color, .unet],
      stn: .init(
        localisation: .init(view: 32, widths: [4], normalization: .batch), sampling: .bicubic,
        tolerance: 7),
      color: .init(
        features: .init(view: 30, widths: [4], summary: .pool, hidden: 8), histogram: 8,
        tolerance: 0.1),
      unet: .init(width: 4, depth: 1, normalization: .none))
    change(&configuration)
    return configuration
  }

  private func export(
    _ configuration: CorrectorConfiguration, pixels: ONNXExport.Pixels = .normalized
  ) throws -> (model: Onnx_ModelProto, leftOut: [String], corrector: Corrector) {
    let folder = FileManager.default.temporaryDirectory.path + "/onnx-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let corrector = try Corrector(configuration, seed: 3)
    try CorrectorFile.write(corrector, to: "\(folder)/G.h5")
    let export = try ONNXExport(path: "\(folder)/G.h5", pixels: pixels, version: "1.2.3")
    try export.write(to: "\(folder)/G.onnx")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/G.onnx"))
    return (try Onnx_ModelProto(serializedBytes: bytes), export.leftOut, corrector)
  }

  @Test("every value is made once, before it is read, and the last one is ŷ")
  func order() throws {
    for change in Self.variants {
      let graph = try export(Self.configuration(change)).model.graph
      var known = Set(graph.input.map(\.name) + graph.initializer.map(\.name))
      #expect(known.count == graph.input.count + graph.initializer.count)
      for node in graph.node {
        #expect(node.input.allSatisfy(known.contains), "\(node.name)")
        #expect(known.insert(node.output[0]).inserted, "\(node.name)")
      }
      #expect(graph.output.map(\.name) == ["corrected"])
      #expect(known.contains("corrected"))
    }
  }

  private static let variants: [@Sendable (inout CorrectorConfiguration) -> Void] = [
    { _ in },
    { $0.stn.map = .projective },
    { $0.stn.sampling = .nearest },
    { $0.unet.pixelUnshuffle = 2 },
    { $0.stages = [.unet] },
    { $0.stages = [.stn] },
  ]

  @Test("parameters keep names, shapes and numbers")
  func parameters() throws {
    let (model, _, corrector) = try export(Self.configuration())
    let stored = Dictionary(
      uniqueKeysWithValues: model.graph.initializer.map { ($0.name, $0) })
    for parameter in corrector.parameters.parameters {
      let tensor = try #require(stored[parameter.name])
      #expect(tensor.dims == parameter.value.shape.map(Int64.init))
      let bytes = parameter.value.withUnsafeBufferPointer { Data(buffer: $0) }
      #expect(tensor.rawData == bytes, "\(parameter.name)")
    }
  }

  @Test("operators are those of opset 20; the batch has any size")
  func interface() throws {
    let model = try export(Self.configuration()).model
    #expect(model.irVersion == 9 && model.opsetImport.map(\.version) == [20])
    let types = Set(model.graph.node.map(\.opType))
    #expect(types.isSuperset(of: ["AffineGrid", "GridSample", "Conv", "ConvTranspose", "Gemm"]))
    let shapes = (model.graph.input + model.graph.output).map { value in
      value.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
    }
    #expect(shapes == [["N", "3", "256", "256"], ["N", "3", "224", "224"]])
  }

  @Test("bytes are normalised within the model, where that is asked for")
  func bytes() throws {
    let model = try export(Self.configuration(), pixels: .uint8).model
    #expect(model.graph.input[0].type.tensorType.elemType == 2)
    #expect(model.graph.node[0].opType == "Cast")
    #expect(facts(model)["realitygap.input"] == "uint8")
  }

  @Test("what is beyond the network is left out, and the model says so")
  func leftOut() throws {
    let (model, lines, _) = try export(
      Self.configuration {
        $0.stn.refinement = .lattice
        $0.stn.photoFilter = .lanczos
      })
    #expect(lines.count == 2 && lines[0].contains("lattice") && lines[1].contains("photo"))
    let facts = facts(model)
    #expect(facts["realitygap.left_out"] == lines.joined(separator: "; "))
    #expect(facts["realitygap.configuration"]?.contains("lattice") == true)
    #expect(facts["realitygap.version"] == "1.2.3")
    let whole = try export(Self.configuration())
    #expect(whole.leftOut.isEmpty && self.facts(whole.model)["realitygap.left_out"] == nil)
  }

  private func facts(_ model: Onnx_ModelProto) -> [String: String] {
    Dictionary(uniqueKeysWithValues: model.metadataProps.map { ($0.key, $0.value) })
  }
}
