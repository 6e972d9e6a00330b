import Foundation
import Reporting
import Support
import Testing

@Suite("Tables and files")
struct TableTests {
  @Test("a Markdown table escapes bars and line breaks")
  func markdown() {
    var table = Table(columns: ["name", "top-1"])
    table.append(["a|b\nc", "1"])
    table.append(["short"])
    #expect(
      table.markdown == """
        | name | top-1 |
        | :-- | --: |
        | a\\|b c | 1 |
        | short |  |

        """)
  }

  @Test("a terminal table lines its columns up, without spaces at the end")
  func text() {
    var table = Table(columns: ["name", "top-1"])
    table.append(["ResNet50", "76.13"])
    table.append(["x", ""])
    #expect(
      table.text == """
        name      top-1
        ────────  ─────
        ResNet50  76.13
        x

        """)
  }

  @Test("a file is replaced as a whole, in a folder that is there")
  func atomic() throws {
    let folder = NSTemporaryDirectory() + "/realitygap-reporting-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/deep/report.md"
    #expect(throws: UserError.self) { try AtomicFile.write("x", to: path) }
    try AtomicFile.makeFolder(of: path)
    try AtomicFile.write("first, longer", to: path)
    try AtomicFile.write("second", to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "second")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/deep") == ["report.md"])
    let error = #expect(throws: UserError.self) {
      try AtomicFile.makeFolder(of: "/proc/none/report.md")
    }
    #expect(error?.description.contains("/proc/none/report.md: the folder /proc/none") == true)
    #expect(throws: UserError.self) { try AtomicFile.write("x", to: "\(folder)/deep") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["deep"])
  }
}
