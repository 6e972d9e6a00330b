import Testing
import WeightFiles

/// Pickles written by hand, wrapped as the legacy format wraps them.
@Suite("Hostile pickles")
struct PickleTests {
  private func importing(_ pickle: [UInt8], tail: [UInt8] = []) throws -> StateDict {
    let folder = try TemporaryFolder()
    var bytes: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    bytes += [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]  // 1001
    bytes += [0x80, 2, 0x7D, 0x2E]  // {}
    return try WeightImporter.importFile(
      try folder.write(bytes + pickle + tail, to: "handmade.pth")
    ).weights
  }

  private func line(_ pickle: [UInt8], tail: [UInt8] = []) throws -> String {
    try complaint { _ = try importing(pickle, tail: tail) }
  }

  private let noStorages: [UInt8] = [0x80, 2, 0x5D, 0x2E]

  /// A pickle of {"w": tensor} with one FloatStorage "0" of `count` elements.
  private func tensorPickle(
    count: UInt8, offset: [UInt8], shape: [UInt8], strides: [UInt8]
  ) -> [UInt8] {
    var pickle: [UInt8] = [0x80, 2, 0x7D] + text("w")
    pickle += Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
    pickle += [0x28, 0x28] + text("storage") + Array("ctorch\nFloatStorage\n".utf8)
    pickle += text("0") + text("cpu") + [0x4B, count, 0x74, 0x51]
    pickle += offset + shape + strides + [0x89, 0x7D, 0x74, 0x52, 0x73, 0x2E]
    return pickle
  }

  private func text(_ text: String) -> [UInt8] {
    [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
  }

  /// The keys ["0"] and a storage of two elements, 1 and 2.
  private var twoNumbers: [UInt8] {
    [0x80, 2, 0x5D] + text("0") + [0x61, 0x2E, 2, 0, 0, 0, 0, 0, 0, 0]
      + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]
  }

  @Test("a handmade tensor is read, so the refusals below are for their own reasons")
  func good() throws {
    let pickle = tensorPickle(
      count: 2, offset: [0x4B, 0], shape: [0x4B, 2, 0x85], strides: [0x4B, 1, 0x85])
    #expect(try importing(pickle, tail: twoNumbers)["w"]?.elements == [1, 2])
  }

  @Test(
    "offsets, shapes and strides beyond the storage are refused",
    arguments: [
      ([0x4B, 1], [0x4B, 2, 0x85], [0x4B, 1, 0x85]),  // one too far
      ([0x4A, 255, 255, 255, 255], [0x4B, 2, 0x85], [0x4B, 1, 0x85]),  // offset -1
      ([0x4B, 0], [0x4A, 255, 255, 255, 255, 0x85], [0x4B, 1, 0x85]),  // shape [-1]
      ([0x4B, 0], [0x4B, 2, 0x85], [0x4A, 255, 255, 255, 255, 0x85]),  // stride -1
      ([0x4B, 0], [0x4B, 2, 0x85], [0x4B, 2, 0x85]),  // stride 2
      ([0x4B, 0], [0x4B, 2, 0x85], [0x29]),  // no strides
      (
        [0x4B, 0], [0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x4B, 8, 0x86],
        [0x4B, 0, 0x4B, 0, 0x86]
      ),  // 2^62 × 8 elements, stride 0
      ([0x4B, 0], [0x4A, 255, 255, 255, 127, 0x85], [0x4B, 0, 0x85]),  // 2^31 - 1, stride 0
    ] as [([UInt8], [UInt8], [UInt8])])
  func bounds(_ offset: [UInt8], _ shape: [UInt8], _ strides: [UInt8]) throws {
    let pickle = tensorPickle(count: 2, offset: offset, shape: shape, strides: strides)
    #expect(try line(pickle, tail: twoNumbers).contains("damaged"))
  }

  @Test("a storage that claims more than it has is refused")
  func claims() throws {
    let pickle = tensorPickle(
      count: 200, offset: [0x4B, 0], shape: [0x4B, 2, 0x85], strides: [0x4B, 1, 0x85])
    #expect(try line(pickle, tail: twoNumbers).contains("reaches beyond its storage"))
  }

  @Test("a million nested containers neither crash nor last")
  func nested() throws {
    let lists = [UInt8](repeating: 0x5D, count: 1_000_000)
    let appends = [UInt8](repeating: 0x61, count: 999_999)
    let pickle: [UInt8] = [0x80, 2] + lists + appends + [0x2E]
    #expect(try line(pickle, tail: noStorages).contains("holds no state dict"))
    let tuples: [UInt8] = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2E]
    #expect(try line(tuples, tail: noStorages).contains("holds no state dict"))
  }

  @Test("a list that holds itself is no trouble")
  func cycle() throws {
    let pickle: [UInt8] = [0x80, 2, 0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]
    #expect(try line(pickle, tail: noStorages).contains("holds no state dict"))
  }

  @Test("one long list copied again and again is refused before memory runs out")
  func copies() throws {
    let pair: [UInt8] = [0x5D, 0x28, 0x4E, 0x4E, 0x65, 0x71, 1]  // [None, None], memo 1
    var pickle: [UInt8] = [0x80, 2] + pair + [0x5D, 0x28]
    for _ in 0..<10_000 { pickle += [0x68, 1] }
    pickle += [0x65, 0x71, 2]
    for _ in 0..<1_000 {
      pickle += Array("ccollections\nOrderedDict\n".utf8) + [0x68, 2, 0x85, 0x52]
    }
    #expect(try line(pickle + [0x2E], tail: noStorages).contains("damaged"))
  }

  @Test("lengths beyond the file, unknown memo keys and operations on nothing are refused")
  func malformed() throws {
    let pickles: [[UInt8]] = [
      [0x58, 255, 255, 255, 127], [0x8D, 255, 255, 255, 255, 255, 255, 255, 255],
      [0x8B, 255, 255, 255, 255], [0x68, 9, 0x2E], [0x2E], [0x30], [0x74, 0x2E], [0x61, 0x2E],
      [0x73, 0x2E], [0x28, 0x2E], [0x28, 0x4E, 0x28, 0x30], [0x51], [0x52], [0x4E, 0x62, 0x2E],
      [0x7D, 0x28, 0x4E, 0x75, 0x2E], Array("Ixyz\n".utf8), Array("p-1\n".utf8),
    ]
    for pickle in pickles {
      #expect(try line([0x80, 2] + pickle).contains("damaged"), "\(pickle)")
    }
  }

  @Test("operations that build objects are refused by number or by name")
  func operations() throws {
    #expect(try line([0x80, 2, 0x82, 1, 0x2E]).contains("0x82"))
    #expect(try line([0x80, 2, 0x28] + Array("ios\nsystem\n".utf8)).contains("os.system; refused"))
    let stacked: [UInt8] = [0x80, 4, 0x8C, 2, 0x6F, 0x73, 0x8C, 6] + Array("system".utf8) + [0x93]
    #expect(try line(stacked).contains("asks for os.system; refused"))
  }

  @Test("names inside a file cannot write to the terminal")
  func escapes() throws {
    let message = try line([0x80, 2] + Array("c\u{1B}[2Jevil\nname\n".utf8))
    #expect(!message.unicodeScalars.contains("\u{1B}"))
    #expect(message.contains("?[2Jevil.name"))
  }

  @Test("the textual operations of protocol 0 are read")
  func protocolZero() throws {
    // {'epoch': 3, 'lr': 0.5, 'on': True, 'state_dict': {}}
    let pickle = Array("(dp0\nVepoch\np1\nL3L\nsVlr\nF0.5\nsVon\nI01\nsVstate_dict\n(dsg0\n0.".utf8)
    #expect(try line(pickle + [], tail: noStorages).contains("holds no state dict"))
  }
}
