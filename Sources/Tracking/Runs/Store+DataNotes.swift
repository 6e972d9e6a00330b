import GRDB

/// A note for the user on a run's data that is not an error, e.g. files that were left out.
public struct DataNote: Sendable, Hashable, Codable, FetchableRecord {
  /// The experiment's name for the dataset; of a training run `images` or `validation`.
  public let dataset: String
  /// One line.
  public let text: String

  /// A note as it is stored.
  public init(dataset: String, text: String) {
    self.dataset = dataset
    self.text = text
  }
}

/// A photo that a training run could not use. Those of an evaluation are `FailedItem`s of its cells.
public struct LeftOutItem: Sendable, Hashable, Codable, FetchableRecord {
  /// `images` or `validation`.
  public let dataset: String
  /// The photo's name within its folder.
  public let item: String
  /// Why it could not be used, in a line.
  public let reason: String

  /// A photo with the reason.
  public init(dataset: String, item: String, reason: String) {
    (self.dataset, self.item, self.reason) = (dataset, item, reason)
  }
}

extension Store {
  /// Stores what a run found in one of its datasets, in place of what it found there before; notes on
  /// damaged photos stay, as a run that goes on does not see all its photos again.
  public func record(notes: [String], dataset: String, run id: Int64) throws {
    let damaged = try dataNotes(run: id).filter { $0.dataset == dataset && $0.isDamage }
    let notes = notes + damaged.map(\.text)
    try write { database in
      try database.execute(
        sql: "DELETE FROM data_notes WHERE run_id = ? AND dataset = ?", arguments: [id, dataset])
      try Self.insert(notes, from: 0, dataset, id, database)
    }
  }

  private static func insert(
    _ notes: [String], from first: Int, _ dataset: String, _ run: Int64, _ database: Database
  ) throws {
    for (index, note) in notes.enumerated() {
      try database.execute(
        sql: "INSERT INTO data_notes (run_id, dataset, position, note) VALUES (?, ?, ?, ?)",
        arguments: [run, dataset, first + index, note])
    }
  }

  /// Adds notes to those that a run has; one that it has already is not stored again.
  public func add(notes: [DataNote], run id: Int64) throws {
    guard !notes.isEmpty else { return }
    try write { database in
      for (dataset, notes) in Dictionary(grouping: notes, by: \.dataset) {
        let known = try Row.fetchAll(
          database,
          sql: "SELECT position, note FROM data_notes WHERE run_id = ? AND dataset = ?",
          arguments: [id, dataset])
        let texts = try Set(known.map { row -> String in try row.value(1) })
        let first = try (known.map { row -> Int in try row.value(0) }.max() ?? -1) + 1
        let new = notes.map(\.text).filter { !texts.contains($0) }
        try Self.insert(new, from: first, dataset, id, database)
      }
    }
  }

  /// The notes of a run, by dataset, in their order.
  public func dataNotes(run id: Int64) throws -> [DataNote] {
    try fetchAll(
      "SELECT dataset, note AS text FROM data_notes WHERE run_id = ? ORDER BY dataset, position",
      [id])
  }

  /// Stores photos that a run could not use; one that is known takes the new reason.
  public func record(leftOut items: [LeftOutItem], run id: Int64) throws {
    guard !items.isEmpty else { return }
    try write { database in
      for item in items {
        try database.insert(
          into: "left_out_photos",
          [
            ("run_id", id), ("dataset", item.dataset), ("item", item.item),
            ("reason", item.reason),
          ], or: .replace)
      }
    }
  }

  /// The photos that a run could not use, by dataset and name.
  public func leftOut(run id: Int64) throws -> [LeftOutItem] {
    try fetchAll(
      "SELECT dataset, item, reason FROM left_out_photos WHERE run_id = ? ORDER BY dataset, item",
      [id])
  }
}
