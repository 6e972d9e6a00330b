/// A table of a report in both of its forms.
public struct ReportTable: Sendable, Equatable {
  /// Part of its files' names, e.g. `calibration`.
  public let name: String
  /// What it shows, in a sentence.
  public let caption: String
  /// For people: rounded, with intervals in brackets.
  public var table: Table
  /// For programs: unrounded, a value a column.
  public var data: DataTable

  /// What it has to say; `nil` where it has no row for people.
  var unlessEmpty: ReportTable? { table.rows.isEmpty ? nil : self }

  /// The table for people as a template sets it.
  var markdown: String { table.markdown.trimmedLines }

  /// The table with those of some columns that it has for programs, in their order.
  func selecting(_ columns: [String]) -> ReportTable {
    ReportTable(name: name, caption: caption, table: table, data: data.selecting(columns))
  }

  /// The table as a file of a format.
  public func text(_ format: TableFormat, label: String) -> String {
    switch format {
    case .latex: LaTeX.table(table, caption: caption, label: label)
    case .csv: data.csv
    case .json: data.json
    }
  }
}

/// A kind of file for a table, beside Markdown.
public enum TableFormat: String, Sendable, CaseIterable {
  case latex, csv, json

  /// The ending of its files, without dot.
  public var fileExtension: String { self == .latex ? "tex" : rawValue }
}
