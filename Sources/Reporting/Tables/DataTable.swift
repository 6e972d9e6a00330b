import Foundation
import Support

/// A table of values for programs: CSV as RFC 4180 describes it, or JSON. What people read is a
/// `Table`. Numbers have so many digits that reading gives the same number; one that is not finite is
/// `nan`, `inf` or `-inf` in CSV, and `null` in JSON, which has no word for it.
public struct DataTable: Sendable, Equatable {
  /// Names in lower case with underscores.
  public let columns: [String]
  /// Each as long as `columns`; `null` is what is missing.
  public private(set) var rows: [[JSONValue]] = []

  /// A table with these rows; they are cut or filled up to the number of columns.
  public init(columns: [String], rows: [[JSONValue]] = []) {
    self.columns = columns
    for row in rows { append(row) }
  }

  /// Adds a row; it is cut or filled up to the number of columns.
  public mutating func append(_ row: [JSONValue]) {
    rows.append(row.filled(with: .null, to: columns.count))
  }

  /// The table with those of some columns that it has, in their order.
  public func selecting(_ names: [String]) -> DataTable {
    let places = names.compactMap { columns.firstIndex(of: $0) }
    return DataTable(
      columns: places.map { columns[$0] }, rows: rows.map { row in places.map { row[$0] } })
  }

  /// Comma-separated, the columns' names first, a line feed after each record; what is missing is
  /// empty.
  public var csv: String { ([columns] + rows.map { $0.map(\.plain) }).map(CSV.line).joined() }

  /// An array of objects, one a line, with the columns in their order; what is missing is `null`.
  public var json: String {
    let objects = rows.map { row in
      "  {"
        + zip(columns, row).map { "\(Self.quoted($0)): \(Self.json($1))" }.joined(separator: ", ")
        + "}"
    }
    return objects.isEmpty ? "[]\n" : "[\n\(objects.joined(separator: ",\n"))\n]\n"
  }

  private static func json(_ value: JSONValue) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .number(let number) where !number.isFinite: "null"
    case .null, .list, .object: "null"
    case .number, .integer, .unsigned, .flag: value.plain
    }
  }

  /// A text as JSON has it.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 32: result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension Array {
  /// Cut, or filled up, to so many elements.
  func filled(with element: Element, to count: Int) -> [Element] {
    Array(prefix(count)) + repeatElement(element, count: Swift.max(0, count - self.count))
  }
}
