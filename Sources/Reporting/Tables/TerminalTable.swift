import Support

/// A table set for a medium: as it is where there is room, else with cells in several lines, and
/// where that does not help without the columns that matter least.
struct TerminalTable {
  private static let gap = 2
  /// A column is not made narrower than its longest word and so that cells have more than three
  /// lines, unless that takes more columns than these.
  private static let narrowEnough = 20

  private let table: Table
  private let medium: TableMedium
  /// Those that are shown, in their order.
  private let shown: [Int]
  /// By column, of those that are shown.
  private let widths: [Int: Int]

  init(_ table: Table, medium: TableMedium) {
    self.table = table
    self.medium = medium
    let natural = table.columns.indices.map { column in
      Self.cells(table, column).map(TerminalText.width).max() ?? 0
    }
    var shown = Array(table.columns.indices)
    guard let columns = medium.columns else {
      (self.shown, widths) = (shown, Dictionary(uniqueKeysWithValues: zip(shown, natural)))
      return
    }
    let least = table.columns.indices.map { Self.least(table, $0) }
    func total(_ widths: [Int]) -> Int {
      shown.reduce(0) { $0 + widths[$1] } + Self.gap * (shown.count - 1)
    }
    while shown.count > 1, total(least) > columns {
      guard let next = Self.leastImportant(table, among: shown.dropFirst()) else { break }
      shown.removeAll { $0 == next }
    }
    self.shown = shown
    widths = Self.narrowed(
      shown, natural: natural, least: least, to: columns - Self.gap * (shown.count - 1))
  }

  private static func cells(_ table: Table, _ column: Int) -> [String] {
    [table.columns[column]] + table.rows.map { $0[column] }
  }

  /// The least width of a column.
  private static func least(_ table: Table, _ column: Int) -> Int {
    let cells = cells(table, column)
    let words = cells.flatMap { $0.split(whereSeparator: \.isWhitespace) }
    let third = ((cells.map(TerminalText.width).max() ?? 0) + 2) / 3
    return min(max(words.map(TerminalText.width).max() ?? 0, third), narrowEnough)
  }

  /// Columns that say nothing go first, then those of the lowest rank, of equal ones the last.
  private static func leastImportant(_ table: Table, among columns: ArraySlice<Int>) -> Int? {
    let silent = columns.last { column in
      !table.rows.isEmpty && table.rows.allSatisfy { ["", "–"].contains($0[column]) }
    }
    if let silent { return silent }
    return columns.min { (table.ranks[$0], -$0) < (table.ranks[$1], -$1) }
  }

  /// Takes columns from the widest ones, again and again, until they fit.
  private static func narrowed(
    _ shown: [Int], natural: [Int], least: [Int], to room: Int
  ) -> [Int: Int] {
    var widths = Dictionary(uniqueKeysWithValues: shown.map { ($0, natural[$0]) })
    while widths.values.reduce(0, +) > room {
      let candidates = shown.filter { widths[$0, default: 0] > least[$0] }
      guard let widest = candidates.max(by: { widths[$0, default: 0] < widths[$1, default: 0] })
      else {
        // Only a first column that is wider than everything is left: it is broken anywhere.
        for column in shown { widths[column] = min(widths[column, default: 0], max(room, 1)) }
        break
      }
      widths[widest, default: 0] -= 1
    }
    return widths
  }

  var text: String {
    let headings = lines(table.columns) { _, text in bold(text) }
    let rule =
      shown.map { String(repeating: "─", count: widths[$0, default: 0]) }
      .joined(separator: String(repeating: " ", count: Self.gap)) + "\n"
    let rows = table.rows.enumerated().map { index, row in
      lines(row) { column, text in styled(text, table.emphasis[index]?[column]) }
    }
    return headings + rule + rows.joined() + leftOut
  }

  /// Names the columns that are not shown.
  private var leftOut: String {
    let names = table.columns.indices.filter { !shown.contains($0) }.map { table.columns[$0] }
    guard !names.isEmpty, let columns = medium.columns else { return "" }
    let sentence =
      "omitted for lack of space: \(names.joined(separator: ", "))"
      + (medium.whole.isEmpty ? "" : " (\(medium.whole) has everything)")
    return TerminalText.wrap(sentence, to: columns).map { $0 + "\n" }.joined()
  }

  /// A row, in as many lines as its highest cell has.
  private func lines(_ row: [String], style: (Int, String) -> String) -> String {
    let cells = shown.map { column in
      let width = widths[column, default: 0]
      return TerminalText.width(row[column]) <= width
        ? [row[column]] : TerminalText.wrap(row[column], to: width)
    }
    return (0..<(cells.map(\.count).max() ?? 0)).map { line in
      var text = ""
      var padding = 0
      for (cell, column) in zip(cells, shown) {
        let part = line < cell.count ? cell[line] : ""
        let free = max(0, widths[column, default: 0] - TerminalText.width(part))
        let isLeft = table.alignments[column] == .left
        if !isLeft { padding += free }
        // Spaces are written only before something: no line ends in them.
        if !part.isEmpty {
          text += String(repeating: " ", count: padding) + style(column, part)
          padding = 0
        }
        padding += (isLeft ? free : 0) + Self.gap
      }
      return text + "\n"
    }.joined()
  }

  private func styled(_ text: String, _ emphasis: Table.Emphasis?) -> String {
    switch emphasis {
    case .best: bold(text)
    case .failure: medium.isStyled ? "\u{1B}[31m\(text)\u{1B}[0m" : text
    case nil: text
    }
  }

  private func bold(_ text: String) -> String {
    medium.isStyled ? "\u{1B}[1m\(text)\u{1B}[0m" : text
  }
}
