import Datasets
import Foundation
import Support
import Tracking

/// A CSV file of predictions that another program made, read strictly.
///
/// The first line names the columns, in any order: `item` and `predicted` are needed; `label`,
/// `draw`, `label_rank`, `probability` and `label_probability` are optional. Classes are indices
/// or ids (WordNet ids of ImageNet's). An empty field counts as unknown, as if its column were missing.
public struct PredictionFile: Sendable {
  /// A row, checked as far as it can be without the dataset.
  struct Row: Sendable {
    let line: Int
    let item: String
    let draw: Int
    let label: Int?
    let predicted: Int
    let labelRank: Int?
    let probability: Double?
    let labelProbability: Double?
  }

  /// Where it was read from.
  public let path: String
  /// SHA-256 of the file.
  public let digest: String
  let rows: [Row]
  let classes: ClassList

  /// Programs that compute in single precision may be off by its rounding: a probability so far beyond
  /// a bound is taken to lie on it.
  static let rounding = 1e-6

  static let columns = [
    "item", "label", "predicted", "draw", "label_rank", "probability", "label_probability",
  ]

  /// Reads a file.
  ///
  /// - Parameter classes: that predictions and labels count in; `nil` for ImageNet's.
  /// - Throws: `UserError` naming file and line for what is not understood.
  public init(path: String, classes: ClassList? = nil) throws {
    let classes = try classes ?? .imageNet()
    let records = try CSV.rows(path: path)
    (self.path, self.classes) = (path, classes)
    digest = try FileDigest.sha256(path: path)
    guard let header = records.first else { throw UserError("\(path): is empty") }
    let reader = RowReader(
      file: path, positions: try Self.positions(header, path: path), count: header.fields.count,
      classes: classes)
    rows = try records.dropFirst().map(reader.row)
    guard !rows.isEmpty else { throw UserError("\(path): has no predictions") }
  }

  private static func positions(_ header: CSV.Row, path: String) throws -> [String: Int] {
    let place = "\(path), line \(header.line)"
    var positions: [String: Int] = [:]
    for (index, name) in header.fields.enumerated() {
      guard columns.contains(name) else {
        throw UserError(
          "\(place): unknown column \"\(name)\"",
          remedy: Suggestion.remedy(for: name, among: columns))
      }
      guard positions.updateValue(index, forKey: name) == nil else {
        throw UserError("\(place): duplicate column \(name)")
      }
    }
    for name in ["item", "predicted"] where positions[name] == nil {
      throw UserError("\(place): the column \(name) is missing")
    }
    return positions
  }
}

/// Reads the fields of a line.
private struct RowReader {
  let file: String
  /// By column.
  let positions: [String: Int]
  let count: Int
  let classes: ClassList

  func row(_ record: CSV.Row) throws -> PredictionFile.Row {
    func error(_ problem: String) -> UserError {
      UserError("\(file), line \(record.line): \(problem)")
    }
    guard record.fields.count == count else {
      throw error("\(record.fields.count) fields where the first line has \(count)")
    }
    /// A field's text; `nil` where it is empty.
    func field(_ column: String) -> String? {
      positions[column].map { record.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 }
    }
    func integer(_ column: String, in range: Range<Int>) throws -> Int? {
      guard let text = field(column) else { return nil }
      guard let value = Int(text), range.contains(value) else {
        throw error(
          "\(column) \"\(text)\" is not a number from \(range.lowerBound) to \(range.upperBound - 1)"
        )
      }
      return value
    }
    func index(_ column: String) throws -> Int? {
      guard let text = field(column) else { return nil }
      if let known = classes.index(id: text) { return known }
      guard let value = Int(text), classes[value] != nil else {
        throw error(
          "\(column) \"\(text)\" is not a class (0 to \(classes.count - 1), or an id as a wnid)")
      }
      return value
    }
    func probability(_ column: String) throws -> Double? {
      guard let text = field(column) else { return nil }
      let slack = PredictionFile.rounding
      guard let value = Double(text), (-slack...1 + slack).contains(value) else {
        throw error("\(column) \"\(text)\" is not a number from 0 to 1")
      }
      return min(max(value, 0), 1)
    }
    guard let item = field("item") else { throw error("item is empty") }
    guard let predicted = try index("predicted") else { throw error("predicted is empty") }
    let row = PredictionFile.Row(
      line: record.line, item: item, draw: try integer("draw", in: 0..<1_000_000) ?? 0,
      label: try index("label"), predicted: predicted,
      labelRank: try integer("label_rank", in: 0..<classes.count),
      probability: try probability("probability"),
      labelProbability: try probability("label_probability"))
    if let most = row.probability, let other = row.labelProbability,
      other > most + PredictionFile.rounding
    {
      throw error("label_probability \(other) is above probability \(most), the highest of all")
    }
    return row
  }
}
