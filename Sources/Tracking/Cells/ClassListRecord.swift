import Foundation
import GRDB
import Support

/// Classes that are not ImageNet's, as the store knows them.
public struct ClassListRecord: Sendable, Equatable {
  /// Tells lists apart, see `ClassList.digest`.
  public let digest: String
  /// What data sets call the classes, in the order of their indices.
  public let ids: [String]

  /// A list with these facts.
  public init(digest: String, ids: [String]) { (self.digest, self.ids) = (digest, ids) }

  /// Of the columns `class_list` and `ids`; `nil` where they are empty.
  init?(row: Row) throws {
    guard let digest: String = try row.value("class_list"), let ids: String = try row.value("ids")
    else { return nil }
    self.init(
      digest: digest, ids: try JSONDecoder().decode([String].self, from: Data(ids.utf8)))
  }
}

extension Store {
  /// What data sets call the classes of a list, in the order of their indices.
  ///
  /// - Parameter digest: `ClassListRecord.digest`.
  /// - Throws: `UserError` when the database does not have the list.
  public func classes(ofList digest: String) throws -> ClassListRecord {
    let text = try read {
      try String.fetchOne(
        $0, sql: "SELECT ids FROM class_lists WHERE digest = ?", arguments: [digest])
    }
    guard let text else {
      throw UserError("\(path): lacks the list of classes \(digest)", remedy: "evaluate again")
    }
    return ClassListRecord(
      digest: digest, ids: try JSONDecoder().decode([String].self, from: Data(text.utf8)))
  }

  /// Stores a list of classes unless it is known.
  static func register(_ list: ClassListRecord, _ database: GRDB.Database) throws {
    try database.execute(
      sql: "INSERT OR IGNORE INTO class_lists (digest, ids) VALUES (?, ?)",
      arguments: [
        list.digest, String(decoding: try JSONEncoder().encode(list.ids), as: UTF8.self),
      ])
  }
}

/// Indices of classes as a column has them: a JSON list, `NULL` for none.
struct IndexList {
  let indices: [Int]

  /// - Throws: An error of `JSONDecoder` for a text that is no list.
  init(text: String?) throws {
    indices = try text.map { try JSONDecoder().decode([Int].self, from: Data($0.utf8)) } ?? []
  }

  init(_ indices: [Int]) { self.indices = indices }

  var text: String? {
    indices.isEmpty ? nil : "[\(indices.map(String.init).joined(separator: ","))]"
  }
}
