import Support
import Tracking

/// Runs in columns, for people and for programs.
public struct RunList: Sendable {
  public private(set) var runs: [RunSummary]
  public let columns: [RunColumn]

  public init(_ runs: [RunSummary], columns: [RunColumn]) {
    (self.runs, self.columns) = (runs, columns)
  }

  /// Orders the runs by a column, the lowest first; equal ones keep their order, and runs without a
  /// value come last either way.
  ///
  /// - Throws: `UserError` when the values are of different training phases, whose losses are
  ///   not comparable.
  public mutating func sort(by column: RunColumn, reversed: Bool = false) throws {
    try checkPhases(of: column)
    let keyed = runs.enumerated().map { (offset: $0, run: $1, value: column.value($1)) }
    runs = keyed.sorted { a, b in
      switch (Self.isMissing(a.value), Self.isMissing(b.value)) {
      case (true, true): return a.offset < b.offset
      case (true, false): return false
      case (false, true): return true
      case (false, false): break
      }
      if Self.precedes(a.value, b.value) { return !reversed }
      if Self.precedes(b.value, a.value) { return reversed }
      return a.offset < b.offset
    }.map(\.run)
  }

  private func checkPhases(of column: RunColumn) throws {
    guard let phase = column.phase else { return }
    let known = runs.filter { !Self.isMissing(column.value($0)) }.map { phase($0) }
    let names = Set(known.map { $0 ?? "unknown" }).sorted()
    guard names.count > 1, let first = known.compactMap({ $0 }).first else { return }
    throw UserError(
      "\(column.name): the runs' values are of different training phases "
        + "(\(names.joined(separator: ", "))), which are not comparable",
      remedy: "name one, as in \(column.name)@\(first), or sort by a metric of held-out photos")
  }

  /// Keeps the first `count` runs.
  public mutating func cut(to count: Int) { runs = Array(runs.prefix(count)) }

  private static func isMissing(_ value: JSONValue) -> Bool {
    if case .number(let number) = value { return number.isNaN }
    return value == .null
  }

  private static func precedes(_ a: JSONValue, _ b: JSONValue) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a < b
    case (.number(let a), .number(let b)): a < b
    default: RunColumn.text(a) < RunColumn.text(b)
    }
  }

  /// For a terminal.
  public var table: Table {
    var table = Table(
      columns: columns.map(\.name), alignments: columns.map { $0.isNumber ? .right : .left })
    table.ranks = columns.map(\.rank)
    let status = columns.firstIndex { $0.name == "status" }
    for run in runs {
      // A note may have several lines.
      table.append(columns.map { Self.line($0.text(run)) })
      if let status, run.run.status == .failed { table.emphasize(column: status, as: .failure) }
    }
    return table
  }

  /// A heading and one record a run, values as in `jsonLines()`; numbers that are not finite are `nan`,
  /// `inf` and `-inf`.
  public func csv() throws -> String {
    let records = try runs.map { run in
      try columns.map { column -> String in
        switch column.value(run) {
        case .null: ""
        case .text(let text): text
        case .number(let number): "\(number)"
        case .list(let values) where values.allSatisfy(Self.isText):
          values.map(RunColumn.text).joined(separator: " ")
        case let value: try value.line()
        }
      }
    }
    return ([columns.map(\.name)] + records).map(CSV.line).joined()
  }

  /// One JSON object a run.
  public func jsonLines() throws -> [String] {
    try runs.map { run in
      let values = Dictionary(
        columns.map { ($0.name, $0.value(run)) }, uniquingKeysWith: { first, _ in first })
      return try JSONValue.object(values).line()
    }
  }

  private static func isText(_ value: JSONValue) -> Bool {
    if case .text = value { return true }
    return false
  }

  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
