import GRDB
import Support

/// The images that two datasets share: those of the same name, label and content.
public struct CommonItems: Sendable, Equatable {
  /// Of the images that are the same in both.
  public let names: Set<String>
  /// Images of the same name and label of which it is not known whether they are the same.
  public let undecided: Int

  /// The images in common.
  public init(names: Set<String>, undecided: Int) {
    self.names = names
    self.undecided = undecided
  }
}

extension Store {
  /// Stores what a distortion is made of, unless its identity is known.
  ///
  /// - Throws: `UserError` when it is known as another one.
  public func register(distortion identity: String, definition: String) throws {
    let path = path
    try write { database in
      try database.insert(
        into: "distortions", [("identity", identity), ("definition", definition)], or: .ignore)
      guard try Self.definition(ofDistortion: identity, database) == definition else {
        throw UserError(
          "\(path): its cells use another definition of \(identity) than this program",
          remedy: "use --database with another file")
      }
    }
  }

  /// What a distortion is made of; `nil` where an older version of the program did not store it.
  public func definition(ofDistortion identity: String) throws -> String? {
    try read { try Self.definition(ofDistortion: identity, $0) }
  }

  private static func definition(
    ofDistortion identity: String, _ database: Database
  ) throws -> String? {
    try String.fetchOne(
      database, sql: "SELECT definition FROM distortions WHERE identity = ?",
      arguments: [identity])
  }

  /// SHA-256 of the encoded images of a dataset by item, as far as they were evaluated.
  public func digests(ofDataset fingerprint: String) throws -> [Int64: String] {
    try fetchPairs(
      """
      SELECT i.id, i.sha256 FROM items i JOIN datasets d ON d.id = i.dataset_id
      WHERE d.fingerprint = ? AND i.sha256 IS NOT NULL
      """, [fingerprint])
  }

  /// The images of a dataset by name: SHA-256 of each, `nil` where it is not known.
  public func images(ofDataset fingerprint: String) throws -> [String: String?] {
    try fetchPairs(
      """
      SELECT i.name, i.sha256 FROM items i JOIN datasets d ON d.id = i.dataset_id
      WHERE d.fingerprint = ?
      """, [fingerprint])
  }

  /// The images that two datasets share.
  public func commonItems(_ first: String, _ second: String) throws -> CommonItems {
    try read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT a.name, a.content IS NULL OR b.content IS NULL,
            a.content = b.content AND COALESCE(a.sha256 = b.sha256, TRUE)
          FROM items a JOIN items b ON b.name = a.name AND b.label = a.label
          WHERE a.dataset_id = (SELECT id FROM datasets WHERE fingerprint = ?)
            AND b.dataset_id = (SELECT id FROM datasets WHERE fingerprint = ?)
          """,
        arguments: [first, second])
      var (names, undecided) = (Set<String>(), 0)
      while let row = try rows.next() {
        if try row.value(1) {
          undecided += 1
        } else if try row.value(2) {
          names.insert(try row.value(0))
        }
      }
      return CommonItems(names: names, undecided: undecided)
    }
  }
}
