import GRDB

/// A file that a run wrote.
public struct Artifact: Sendable, Equatable, Decodable, FetchableRecord {
  public let path: String
  /// What it is, e.g. `report`, `corrector`, `checkpoint`, `samples`.
  public let kind: String
  public let sha256: String

  public init(path: String, kind: String, sha256: String) {
    self.path = path
    self.kind = kind
    self.sha256 = sha256
  }
}

extension Store {
  /// Remembers a file that a run wrote; one of the same path is replaced.
  public func record(artifact: Artifact, run id: Int64) throws {
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO artifacts (run_id, path, kind, sha256, created_at) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (run_id, path) DO UPDATE
          SET kind = excluded.kind, sha256 = excluded.sha256, created_at = excluded.created_at
          """,
        arguments: [id, artifact.path, artifact.kind, artifact.sha256, Clock.now()])
    }
  }

  /// The files that a run wrote, in the order in which they first came.
  public func artifacts(run id: Int64) throws -> [Artifact] {
    try read {
      try Artifact.fetchAll(
        $0, sql: "SELECT path, kind, sha256 FROM artifacts WHERE run_id = ? ORDER BY id",
        arguments: [id])
    }
  }

  /// The training run in this database that wrote the file of this digest, or `nil`.
  public func trainingRun(ofFile sha256: String) throws -> Int64? {
    try read {
      try Int64.fetchOne(
        $0,
        sql: """
          SELECT r.id FROM artifacts a JOIN runs r ON r.id = a.run_id
          WHERE a.sha256 = ? AND r.kind = 'train' ORDER BY r.id DESC LIMIT 1
          """,
        arguments: [sha256])
    }
  }
}
