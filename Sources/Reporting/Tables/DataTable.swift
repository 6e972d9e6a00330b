import Foundation
import Support

/// A table of values for programs: CSV as RFC 4180 describes it, or JSON. What people read is a
/// `Table`.
public struct DataTable: Sendable, Equatable {
  /// What a cell holds.
  public enum Value: Sendable, Equatable {
    case text(String)
    case integer(Int)
    /// Written with so many digits that reading gives the same number. One that is not finite is `nan`,
    /// `inf` or `-inf` in CSV, and `null` in JSON, which has no word for it.
    case number(Double)
    case missing

    /// A number, or missing for `nil`.
    public static func optional(_ value: Double?) -> Value { value.map(Value.number) ?? .missing }
    /// A whole number, or missing for `nil`.
    public static func optional(_ value: Int?) -> Value { value.map(Value.integer) ?? .missing }
    /// A text, or missing for `nil`.
    public static func optional(_ value: String?) -> Value { value.map(Value.text) ?? .missing }
  }

  /// Names in lower case with underscores.
  public let columns: [String]
  /// Each as long as `columns`.
  public private(set) var rows: [[Value]] = []

  public init(columns: [String]) { self.columns = columns }

  /// Adds a row; it is cut or filled up to the number of columns.
  public mutating func append(_ row: [Value]) {
    let filling = [Value](repeating: .missing, count: max(0, columns.count - row.count))
    rows.append(Array(row.prefix(columns.count)) + filling)
  }

  /// Comma-separated, the columns' names first, a line feed after each record; what is missing is
  /// empty.
  public var csv: String {
    ([columns] + rows.map { $0.map(Self.csv) }).map(CSV.line).joined()
  }

  /// An array of objects, one a line, with the columns in their order; what is missing is `null`.
  public var json: String {
    let objects = rows.map { row in
      "  {"
        + zip(columns, row).map { "\(Self.quoted($0)): \(Self.json($1))" }.joined(separator: ", ")
        + "}"
    }
    return objects.isEmpty ? "[]\n" : "[\n\(objects.joined(separator: ",\n"))\n]\n"
  }

  private static func csv(_ value: Value) -> String {
    switch value {
    case .text(let text): text
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .missing: ""
    }
  }

  private static func json(_ value: Value) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .integer(let number): "\(number)"
    case .number(let number): number.isFinite ? "\(number)" : "null"
    case .missing: "null"
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
