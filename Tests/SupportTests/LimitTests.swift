import Foundation
import Support
import Testing

@Suite("Limits on what comes from outside")
struct LimitTests {
  private func complaint(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("what is more is refused with the limit's name; what is not passes")
  func more() throws {
    let limit = Limit("THINGS", 10, "things", "of a test", environment: [:])
    try limit.check(10, "t")
    #expect(
      complaint { try limit.check(11, "t.bin: its things") }
        == "t.bin: its things: more than the limit of 10 things; if it is to be trusted, raise the "
        + "limit with REALITYGAP_LIMIT_THINGS")
  }

  @Test("the environment raises and lowers a limit; what is no number above 0 is refused")
  func environment() throws {
    func limit(_ text: String) -> Limit {
      Limit("THINGS", 10, "things", "of a test", environment: ["REALITYGAP_LIMIT_THINGS": text])
    }
    #expect(try limit("12").value == 12)
    for text in ["", "0", "-1", "1e3", "many"] {
      #expect(
        complaint { _ = try limit(text).value }.hasPrefix(
          "REALITYGAP_LIMIT_THINGS=\(text): not a whole number above 0"))
    }
  }

  @Test("a limit that there is not is refused, with the nearest")
  func unknown() throws {
    try Limits.checkEnvironment(["PATH": "/bin", "REALITYGAP_LIMIT_PIXELS": "5"])
    let line = complaint {
      try Limits.checkEnvironment(["REALITYGAP_LIMIT_PIXEL": "5"])
    }
    #expect(line.hasPrefix("REALITYGAP_LIMIT_PIXEL: there is no such limit"))
    #expect(line.contains("REALITYGAP_LIMIT_PIXELS"))
  }

  @Test("anchors of anchors are refused before anything walks through them")
  func laughs() {
    var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in 1..<9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("a\(level): &a\(level) [\(aliases)]")
    }
    let line = complaint {
      _ = try YAMLReader(text: lines.joined(separator: "\n"), file: "laughs.yaml")
    }
    #expect(line.hasPrefix("laughs.yaml: more than the limit of 100000 values"))
    #expect(line.contains("REALITYGAP_LIMIT_YAML_VALUES"))
  }

  @Test("a few anchors are read")
  func anchors() throws {
    let reader = try YAMLReader(text: "a: &x [1, 2]\nb: *x\n", file: "t.yaml")
    #expect(try reader.mapping(known: ["a", "b"])["b"]?.integers(in: 0...9) == [1, 2])
  }

  @Test("a file that is none is not read: a device has no end")
  func device() {
    #expect(
      complaint { _ = try BoundedFile.read(path: "/dev/zero", Limits.textBytes) }
        .hasPrefix("/dev/zero: not a regular file"))
  }

  @Test("a file is read as far as the limit allows")
  func boundedFile() throws {
    func limit(_ bytes: Int) -> Limit {
      Limit("TEN", bytes, "bytes", "of a test", environment: [:])
    }
    try TemporaryFolder.with { folder in
      let path = "\(folder)/ten.txt"
      try Data("0123456789".utf8).write(to: URL(fileURLWithPath: path))
      #expect(try BoundedFile.read(path: path, limit(10)) == Data("0123456789".utf8))
      #expect(
        complaint { _ = try BoundedFile.read(path: path, limit(9)) }
          .hasPrefix("\(path): more than the limit of 9 bytes"))
    }
  }
}
