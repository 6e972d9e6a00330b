import GRDB

/// A file that a run wrote.
public struct Artifact: Sendable, Equatable, Codable, FetchableRecord {
  /// Where it was written, as the run named it.
  public let path: String
  /// What it is, e.g. `report`, `corrector`, `checkpoint`, `samples`.
  public let kind: String
  /// Of the file as it was written.
  public let sha256: String

  /// A file with these facts.
  public init(path: String, kind: String, sha256: String) {
    (self.path, self.kind, self.sha256) = (path, kind, sha256)
  }
}

extension Store {
  /// Remembers a file that a run wrote; one of the same path is replaced.
  public func record(artifact: Artifact, run id: Int64) throws {
    try execute(
      """
      INSERT INTO artifacts (run_id, path, kind, sha256, created_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (run_id, path) DO UPDATE
      SET kind = excluded.kind, sha256 = excluded.sha256, created_at = excluded.created_at
      """, [id, artifact.path, artifact.kind, artifact.sha256, Clock.now()])
  }

  /// The files that a run wrote, in the order in which they first came.
  public func artifacts(run id: Int64) throws -> [Artifact] {
    try read { try Artifact.fetch($0, run: id) }
  }

  /// Whether a file of this digest was read or written before: weights and correctors of cells, and what runs
  /// wrote.
  public func knows(file sha256: String) throws -> Bool {
    try fetchOne(
      """
      SELECT EXISTS (SELECT 1 FROM weights WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM evaluations WHERE corrector_sha256 = ?1)
        OR EXISTS (SELECT 1 FROM artifacts WHERE sha256 = ?1)
      """, [sha256]) ?? false
  }

  /// The training run in this database that wrote the file of this digest, or `nil`.
  public func trainingRun(ofFile sha256: String) throws -> Int64? {
    try fetchOne(
      """
      SELECT r.id FROM artifacts a JOIN runs r ON r.id = a.run_id
      WHERE a.sha256 = ? AND r.kind = 'train' ORDER BY r.id DESC LIMIT 1
      """, [sha256])
  }
}

extension Artifact {
  static func fetch(_ database: Database, run id: Int64) throws -> [Artifact] {
    try fetchAll(
      database, sql: "SELECT path, kind, sha256 FROM artifacts WHERE run_id = ? ORDER BY id",
      arguments: [id])
  }
}
