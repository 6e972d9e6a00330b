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
  /// How much each column matters where there is no room for all: those of the lowest rank go first,
  /// of equal ones the last. 0 by default; the first column always stays.
  public var ranks: [Int]
  /// Cells that stand out, by row and column.
  public private(set) var emphasis: [Int: [Int: Emphasis]] = [:]

  /// Why a cell stands out.
  public enum Emphasis: Sendable {
    case best
    case failure
  }

  /// A table whose first `labels` columns are set left and the others right.
  public init(columns: [String], labels: Int = 1) {
    self.init(
      columns: columns, alignments: columns.indices.map { $0 < labels ? .left : .right })
  }

  /// - Parameter alignments: one a column; columns without one are set right.
  public init(columns: [String], alignments: [Alignment]) {
    self.columns = columns
    self.alignments = columns.indices.map { $0 < alignments.count ? alignments[$0] : .right }
    ranks = columns.map { _ in 0 }
  }

  /// Adds a row; it is cut or filled up to the number of columns.
  public mutating func append(_ row: [String]) {
    let filling = [String](repeating: "", count: max(0, columns.count - row.count))
    rows.append(Array(row.prefix(columns.count)) + filling)
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
