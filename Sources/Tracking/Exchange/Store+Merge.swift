import Foundation
import GRDB
import Support

/// The result of a merge.
public struct MergeSummary: Sendable, Equatable {
  /// New runs and those that were brought up to date.
  public internal(set) var runs = 0
  /// New cells.
  public internal(set) var cells = 0
  /// New predictions, also of cells that were there.
  public internal(set) var predictions = 0
  /// New failures, also of cells that were there.
  public internal(set) var failures = 0
  /// New values of metrics.
  public internal(set) var metrics = 0

  /// Whether the database had all of it.
  public var isEmpty: Bool { self == MergeSummary() }
}

extension Store {
  /// Joins another database's runs, metrics, artifacts, tags, weights, datasets, evaluations and
  /// predictions into this one, with new ids, in one transaction: all of it or nothing.
  ///
  /// - A run is known by kind, name, configuration, command and start. A known one is brought up to
  ///   date when the other database saw more of it; one that runs there counts as interrupted here,
  ///   as no process continues it in this file.
  /// - A cell is known by its key. Its predictions are joined row by row, so that shards of a cell
  ///   become the whole of it; a prediction takes the place of a failure. Rows that both have must
  ///   agree in class and rank, and in probability to 0.001 (rounding differs between batch sizes).
  /// - Merged twice, nothing changes.
  ///
  /// The other file is opened like any database (an older schema is brought up to date) and its
  /// rows are only read. Where it may not be written to, a copy in a temporary folder is.
  ///
  /// - Throws: `UserError` when there is no such database, it is this one, or a row contradicts.
  public func merge(from other: String) throws -> MergeSummary {
    // Brings it up to date; its rows are read through a connection of ours.
    let source = try Store(path: other, options: Options(mustExist: true, access: .read))
    guard let file = FileIdentity(other) else { throw UserError("\(other): cannot be read") }
    guard file != FileIdentity(path) else {
      throw UserError("\(other): is the database itself", remedy: "give another one")
    }
    guard Self.isWritable(other) else {
      return try TemporaryFolder.with { folder in
        let copy = "\(folder)/other.sqlite"
        try source.backup(to: copy)
        return try merge(from: other, at: copy)
      }
    }
    return try merge(from: other, at: other)
  }

  /// - Parameters:
  ///   - other: the file's name in messages.
  ///   - place: where its rows are read.
  private func merge(from other: String, at place: String) throws -> MergeSummary {
    try exclusively { database in
      try database.execute(sql: "ATTACH DATABASE ? AS other", arguments: [place])
      defer { try? database.execute(sql: "DETACH DATABASE other") }
      var summary = MergeSummary()
      try database.inTransaction(.immediate) {
        summary = try Merge(database: database, path: path, other: other).run()
        return .commit
      }
      return summary
    }
  }
}
