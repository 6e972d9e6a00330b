import Support
import Tracking

/// Runs in columns, for people and for programs.
public struct RunList: Sendable {
  /// In the order in which they are listed.
  public private(set) var runs: [RunSummary]
  /// From left to right.
  public let columns: [RunColumn]

  /// The runs in the order in which they are given.
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
    let keyed = runs.map { (run: $0, value: column.value($0)) }
    // Swift's sort keeps the order of equal elements.
    let known = keyed.filter { !Self.isMissing($0.value) }.sorted {
      reversed ? Self.precedes($1.value, $0.value) : Self.precedes($0.value, $1.value)
    }
    runs = (known + keyed.filter { Self.isMissing($0.value) }).map(\.run)
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
      table.append(columns.map { $0.text(run).onOneLine })
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
        case .list(let values) where !values.contains(where: \.isComposed):
          values.map(\.plain).joined(separator: " ")
        case let value: value.isComposed ? try value.line() : value.plain
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
}
