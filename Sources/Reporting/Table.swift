/// A table of texts that can be set in Markdown or for a terminal.
public struct Table: Sendable, Equatable {
  /// Where a column's texts stand.
  public enum Alignment: Sendable {
    case left
    case right
  }

  public let columns: [String]
  public let alignments: [Alignment]
  /// Each as long as `columns`.
  public private(set) var rows: [[String]] = []

  /// A table whose first `labels` columns are set left and the others right.
  public init(columns: [String], labels: Int = 1) {
    self.init(
      columns: columns, alignments: columns.indices.map { $0 < labels ? .left : .right })
  }

  /// - Parameter alignments: one a column; columns without one are set right.
  public init(columns: [String], alignments: [Alignment]) {
    self.columns = columns
    self.alignments = columns.indices.map { $0 < alignments.count ? alignments[$0] : .right }
  }

  /// Adds a row; it is cut or filled up to the number of columns.
  public mutating func append(_ row: [String]) {
    let filling = [String](repeating: "", count: max(0, columns.count - row.count))
    rows.append(Array(row.prefix(columns.count)) + filling)
  }

  /// A pipe table as GitHub reads it, with a line feed after each line.
  public var markdown: String {
    let rule = alignments.map { $0 == .left ? ":--" : "--:" }
    return ([columns.map(Markdown.cell), rule] + rows.map { $0.map(Markdown.cell) })
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  /// Columns padded with spaces, a line under the headings, a line feed after each line.
  public var text: String {
    let widths = columns.indices.map { column in
      ([columns] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column -> String in
        let padding = String(repeating: " ", count: widths[column] - cells[column].count)
        return alignments[column] == .left ? cells[column] + padding : padding + cells[column]
      }.joined(separator: "  ")
      return String(padded.reversed().drop { $0 == " " }.reversed()) + "\n"
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n"
    return line(columns) + rule + rows.map(line).joined()
  }
}
