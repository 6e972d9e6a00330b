/// A table of texts that can be set in Markdown or for a terminal.
public struct Table: Sendable, Equatable {
  /// Where a column's texts stand.
  public enum Alignment: Sendable {
    case left, right
  }

  /// Their headings; they may be empty or the same.
  public let columns: [String]
  /// One a column.
  public let alignments: [Alignment]
  /// Each as long as `columns`.
  public private(set) var rows: [[String]] = []
  /// How much each column matters where there is no room for all: those of the lowest rank go first,
  /// of equal ones the last. 0 by default; the first column always stays.
  public var ranks: [Int]
  /// Cells that stand out, by row and column.
  public private(set) var emphasis: [Int: [Int: Emphasis]] = [:]

  /// Why a cell stands out.
  public enum Emphasis: Sendable {
    case best, failure
  }

  /// A table whose first `labels` columns are set left and the others right; rows are cut or filled
  /// up to the number of columns.
  public init(columns: [String], labels: Int = 1, rows: [[String]] = []) {
    self.init(columns: columns, alignments: Array(repeating: .left, count: labels), rows: rows)
  }

  /// - Parameters:
  ///   - alignments: one a column; columns without one are set right.
  ///   - rows: cut or filled up to the number of columns.
  public init(columns: [String], alignments: [Alignment], rows: [[String]] = []) {
    self.columns = columns
    self.alignments = alignments.filled(with: .right, to: columns.count)
    ranks = columns.map { _ in 0 }
    for row in rows { append(row) }
  }

  /// Adds a row; it is cut or filled up to the number of columns.
  public mutating func append(_ row: [String]) {
    rows.append(row.filled(with: "", to: columns.count))
  }

  /// Makes a cell of the last row stand out.
  public mutating func emphasize(column: Int, as emphasis: Emphasis) {
    guard !rows.isEmpty else { return }
    self.emphasis[rows.count - 1, default: [:]][column] = emphasis
  }

  /// A pipe table as GitHub reads it, with a line feed after each line.
  public var markdown: String {
    let rule = alignments.map { $0 == .left ? ":--" : "--:" }
    return ([columns.map(Markdown.cell), rule] + rows.map { $0.map(Markdown.cell) })
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  /// Columns padded with spaces, a line under the headings, a line feed after each line; set for
  /// `TableMedium.current`.
  public var text: String { TerminalTable(self, medium: .current).text }
}
