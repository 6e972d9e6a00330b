import Foundation
import Support
import Testing

@Suite("Files written piece by piece")
struct AtomicFileTests {
  private let folder = NSTemporaryDirectory() + "realitygap-support-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  @Test("pieces make one file; after an error the old one is still there and nothing else")
  func pieces() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/a.txt"
    try AtomicFile(path: path).write { append in
      for piece in ["one\n", "", "two\n"] { try Array(piece.utf8).withUnsafeBytes(append) }
    }
    #expect(FileManager.default.contents(atPath: path) == Data("one\ntwo\n".utf8))
    #expect(throws: UserError.self) {
      try AtomicFile(path: path).write { append in
        try Array("three".utf8).withUnsafeBytes(append)
        throw UserError("stop")
      }
    }
    #expect(FileManager.default.contents(atPath: path) == Data("one\ntwo\n".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.txt"])
  }

  @Test("a process that is killed while it writes leaves nothing, where files can lack a name")
  func unfinished() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // O_TMPFILE
    let probe = open(folder, O_WRONLY | 0o20000000 | O_DIRECTORY | O_CLOEXEC, 0o600)
    guard probe >= 0 else { return }
    close(probe)
    let path = "\(folder)/a.txt"
    for text in ["one", "three"] {
      try AtomicFile(path: path).write { append in
        let before = FileManager.default.contents(atPath: path)
        try Array(text.utf8).withUnsafeBytes(append)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names == (before == nil ? [] : ["a.txt"]))
        #expect(FileManager.default.contents(atPath: path) == before)
      }
      #expect(FileManager.default.contents(atPath: path) == Data(text.utf8))
    }
  }

  @Test("a record that is written reads back, whatever is in its fields")
  func records() throws {
    let fields = ["plain", "", "a,b", "say \"so\"", "two\nlines", "cr\rlf", " ümlaut "]
    let rows = try CSV.rows(of: CSV.line(fields).utf8, name: "x")
    #expect(rows.map(\.fields) == [fields])
  }
}
