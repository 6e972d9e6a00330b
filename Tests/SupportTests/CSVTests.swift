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

  @Test("Bytes that are not UTF-8 and files that are not there are errors")
  func unreadable() {
    #expect(throws: UserError.self) { try CSV.rows(of: [0x61, 0xFF, 0x0A], name: "t.csv") }
    #expect(throws: UserError.self) { try CSV.rows(path: "/nonexistent/t.csv") }
  }
}
