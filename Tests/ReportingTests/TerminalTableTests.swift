import Reporting
import Support
import Testing

@Suite("Tables that fit a terminal")
struct TerminalTableTests {
  private static let table: Table = {
    var table = Table(
      columns: ["id", "name", "result", "tags"], alignments: [.right, .left, .left])
    table.append(["1", "a long name of many words", "70.00 canonical, 55.60 distorted", "–"])
    table.append(["2", "b", "60.00 canonical", ""])
    return table
  }()

  private func text(_ columns: Int?, of table: Table = table, styled: Bool = false) -> String {
    let medium = TableMedium(columns: columns, isStyled: styled, whole: "--json")
    return TableMedium.$current.withValue(medium) { table.text }
  }

  @Test("without a limit, and where there is room, nothing changes")
  func roomy() {
    #expect(text(nil) == Self.table.text && text(200) == Self.table.text)
    #expect(Self.table.text.split(separator: "\n").count == 4)
  }

  @Test("no line is wider than the terminal, however narrow", arguments: [12, 20, 40, 60, 80])
  func fits(columns: Int) {
    for line in text(columns).split(separator: "\n") {
      #expect(TerminalText.width(line) <= columns, "\(line)")
    }
  }

  @Test("cells are wrapped before a column is left out")
  func wraps() {
    let lines = text(45).split(separator: "\n").map(String.init)
    #expect(lines[0] == "id  name              result             tags")
    #expect(lines.contains { $0.contains("70.00 canonical,") })
    #expect(!text(45).contains("left out"))
  }

  @Test("what says nothing goes first, then the lowest rank, and a line says what")
  func drops() {
    let sentence = text(27).replacing("\n", with: " ")
    #expect(sentence.contains("omitted for lack of space: tags (--json has everything)"))
    var ranked = Self.table
    ranked.ranks = [9, 1, 5, 0]
    let narrow = text(16, of: ranked)
    #expect(narrow.contains("id  result") && narrow.contains("name,"))
    #expect(narrow.contains("--json"))
  }

  @Test("headings are bold, failures red and the best bold, and the columns stay in line")
  func styled() {
    var table = Table(columns: ["name", "x"])
    table.append(["a", "1"])
    table.emphasize(column: 1, as: .best)
    table.append(["b", "10"])
    table.emphasize(column: 0, as: .failure)
    let lines = text(nil, of: table, styled: true).split(separator: "\n")
    #expect(lines[0] == "\u{1B}[1mname\u{1B}[0m   \u{1B}[1mx\u{1B}[0m")
    #expect(lines[2] == "a      \u{1B}[1m1\u{1B}[0m")
    #expect(lines[3] == "\u{1B}[31mb\u{1B}[0m     10")
    #expect(!table.text.contains("\u{1B}"))
  }
}
