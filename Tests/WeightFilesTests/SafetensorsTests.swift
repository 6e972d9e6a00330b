import Foundation
import Tensors
import Testing
import WeightFiles

@Suite("Safetensors")
struct SafetensorsTests {
  private func importing(_ header: String, body: Int, length: UInt64? = nil) throws -> StateDict {
    let folder = try TemporaryFolder()
    var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) {
      Array($0)
    }
    bytes += Array(header.utf8) + [UInt8](repeating: 0, count: body)
    return try WeightImporter.importFile(try folder.write(bytes, to: "handmade.safetensors"))
      .weights
  }

  @Test("a padded header with metadata is read, also metadata that looks like a tensor")
  func good() throws {
    let weights = try importing(
      #"{"__metadata__":{"dtype":"x"},"b":{"dtype":"I16","shape":[3],"data_offsets":[8,14]},"#
        + #""a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}    "#, body: 14)
    #expect(weights.names == ["a", "b"])
    #expect(weights["a"]?.shape == [])
    #expect(weights["b"]?.elements == [0, 0, 0])
  }

  @Test(
    "headers that do not fit the file are refused",
    arguments: [
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[8,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
      #"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#,
      #"{"a":{"shape":[2],"data_offsets":[0,8]}}"#,
      #"{"a":[1,2]}"#, #"{"a":"#, #"{]"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    ])
  func malformed(_ header: String) throws {
    let line = try complaint { _ = try importing(header, body: 8) }
    #expect(line.contains("handmade.safetensors: truncated or damaged"))
  }

  @Test("unknown types and lengths beyond the file are refused")
  func unknown() throws {
    let eight = #"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#
    #expect(try complaint { _ = try importing(eight, body: 8) }.contains("has the type F8_E4M3"))
    #expect(
      try complaint { _ = try importing("{}", body: 8, length: 9_000_000) }.contains("truncated"))
    #expect(
      try complaint { _ = try importing("{}", body: 8, length: .max) }.contains("neither"))
    #expect(try complaint { _ = try importing("{}", body: 0) }.contains("holds no tensors"))
  }

  @Test("a deeply nested header does not exhaust the stack")
  func nested() throws {
    let header = #"{"a":"# + String(repeating: "[", count: 100_000)
    #expect(try complaint { _ = try importing(header, body: 0) }.contains("damaged"))
  }

  @Test("what is written is read again, to the bit, with its attributes")
  func written() throws {
    let folder = try TemporaryFolder()
    var state = StateDict()
    state["b.weight"] = Tensor(
      [1, -0.5, .pi, .leastNonzeroMagnitude, -3, 2], shape: [3, 2])
    state["a"] = Tensor([7])
    state.attributes = ["kind": "a/b \"quoted\"", "configuration": "{\"x\": 1}"]
    let path = folder.file("written.safetensors")
    try state.writeSafetensors(path)
    let read = try WeightImporter.importFile(path).weights
    #expect(read.names == state.names && read.attributes == state.attributes)
    for name in state.names {
      #expect(read[name]?.shape == state[name]?.shape)
      #expect(read[name]?.elements == state[name]?.elements)
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let header = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    #expect(header.isMultiple(of: 8) && bytes.count == 8 + header + 4 * 7)
  }
}
