import Foundation
import Support
import Tensors
import Testing
import WeightFiles

/// The path of a committed fixture (made by Scripts/goldens/weights.py).
func fixture(_ name: String) throws -> String {
  let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
  return folder.appendingPathComponent(name).path
}

/// The bytes of a committed fixture.
func fixtureBytes(_ name: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: try fixture(name))))
}

/// A folder of its own that goes when the test ends.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("weights-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    // ext4 flushes a file that is emptied and written again; a new one is not waited for.
    try? FileManager.default.removeItem(atPath: file(name))
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}

/// start, start + 0.125, …, as the script's `ramp`.
func ramp(_ shape: [Int], start: Float) throws -> Tensor {
  let count = shape.reduce(1, *)
  return try #require(Tensor((0..<count).map { start + Float($0) * 0.125 }, shape: shape))
}

/// The fixtures' state dict, as the script's `network`, without the step counter.
func network() throws -> StateDict {
  var weights = StateDict()
  weights["features.0.weight"] = try ramp([2, 3, 2, 2], start: -1)
  weights["features.0.bias"] = try ramp([2], start: 0.5)
  weights["features.1.running_var"] = try ramp([2], start: 1)
  weights["classifier.weight"] = try ramp([4, 2], start: -0.25)
  return weights
}

/// Expects the same names, shapes and elements, whatever the order.
func expectEqual(
  _ found: StateDict, _ expected: StateDict, location: SourceLocation = #_sourceLocation
) {
  #expect(Set(found.names) == Set(expected.names), sourceLocation: location)
  for name in expected.names {
    #expect(found[name]?.shape == expected[name]?.shape, "\(name)", sourceLocation: location)
    #expect(
      found[name]?.elements == expected[name]?.elements, "\(name)", sourceLocation: location)
  }
}

/// The one line that a call must throw.
func complaint(
  location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> String {
  let error = #expect(throws: UserError.self, sourceLocation: location) { try body() }
  return try #require(error, sourceLocation: location).description
}
