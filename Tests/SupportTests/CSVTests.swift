import Support
import Testing

@Suite("CSV")
struct CSVTests {
  private func fields(_ text: String) throws -> [[String]] {
    try CSV.rows(of: text.utf8, name: "t.csv").map(\.fields)
  }

  @Test("Commas, doubled quotes and line breaks may stand inside quotes")
  func quotedFields() throws {
    #expect(
      try fields("a,\"b, c\",\"say \"\"x\"\"\"\n\"1\n2\",,\n") == [
        ["a", "b, c", "say \"x\""], ["1\n2", "", ""],
      ])
  }

  @Test("Every kind of line end, a byte order mark and blank lines are understood")
  func lineEnds() throws {
    #expect(
      try fields("\u{FEFF}a,b\r\nc,d\re,f\n\n\ng,h") == [
        ["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"],
      ])
    #expect(try fields("").isEmpty)
  }

  @Test("A row knows the line on which it starts")
  func lineNumbers() throws {
    let rows = try CSV.rows(of: "a\n\"1\n2\"\n\nb\n".utf8, name: "t.csv")
    #expect(rows.map(\.line) == [1, 2, 5])
  }

  @Test(
    "Broken quoting is an error that names file and line",
    arguments: [("a\n\"b\nc", 2), ("a\nb\"c", 2), ("\"a\"b", 1)])
  func brokenQuotes(text: String, line: Int) {
    let error = #expect(throws: UserError.self) { try CSV.rows(of: text.utf8, name: "t.csv") }
    #expect(error?.description.hasPrefix("t.csv, line \(line): ") == true)
  }

  @Test(
    "Semicolons and tabs separate where the first line has them alone, or says so",
    arguments: [
      ("file;label\na, b.jpg;1\n", [["file", "label"], ["a, b.jpg", "1"]]),
      ("file\tlabel\na;b\t1\n", [["file", "label"], ["a;b", "1"]]),
      ("\u{FEFF}\"file, too\";\"label\"\r\n\"a;b\";1", [["file, too", "label"], ["a;b", "1"]]),
      ("sep=;\r\nfile;label\r\n", [["file", "label"]]),
      ("\nfile;label\n", [["file", "label"]]),
      // A comma is meant as one.
      ("file,label\na;b,1\n", [["file", "label"], ["a;b", "1"]]),
      ("file;label,x\n", [["file;label", "x"]]),
      ("file;label\tx\n", [["file;label\tx"]]),
    ])
  func separators(text: String, rows: [[String]]) throws {
    #expect(try fields(text) == rows)
  }

  @Test("Lines are counted behind a line that names the separator, too")
  func lineAfterSeparator() throws {
    #expect(try CSV.rows(of: "sep=;\na;b\nc;d\n".utf8, name: "t.csv").map(\.line) == [2, 3])
  }

  @Test(
    "What is no CSV is called what it is",
    arguments: [
      (Array("version https://git-lfs.github.com/spec/v1\noid sha256:1\n".utf8), "git lfs pull"),
      (Array("\n<!DOCTYPE html><html>".utf8), "a web page"), (Array("<html>".utf8), "a web page"),
      ([0xFF, 0xFE, 0x66, 0], "UTF-16"), ([0xFE, 0xFF, 0, 0x66], "UTF-16"),
      (Array("f\0i\0l\0e\0".utf8), "UTF-16"), (Array("PK\u{3}\u{4}abc".utf8), "Excel"),
      ([0xD0, 0xCF, 0x11, 0xE0, 0xA1], "Excel"), ([0x1F, 0x8B, 8], "gzip"),
      (Array("{\"a\": 1}".utf8), "JSON"), (Array("[{\"a\": 1}]".utf8), "JSON"),
    ])
  func foreign(bytes: [UInt8], words: String) {
    let error = #expect(throws: UserError.self) { try CSV.rows(of: bytes, name: "t.csv") }
    #expect(error?.description.hasPrefix("t.csv: not CSV but ") == true)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("Bytes that are not UTF-8 and files that are not there are errors")
  func unreadable() {
    #expect(throws: UserError.self) { try CSV.rows(of: [0x61, 0xFF, 0x0A], name: "t.csv") }
    #expect(throws: UserError.self) { try CSV.rows(path: "/nonexistent/t.csv") }
  }
}
