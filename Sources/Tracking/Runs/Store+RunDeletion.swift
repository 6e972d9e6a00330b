import Foundation
import GRDB
import Support

/// What deleting a run removes and what it keeps.
public struct RunDeletion: Sendable, Equatable {
  /// A cell that the run computed and another run asks for, too: it passes to that run.
  public struct Inheritance: Sendable, Equatable {
    /// As it was before.
    public let cell: CellSummary
    /// The newest run that asks for it.
    public let heir: Int64
  }

  /// A cell that other experiments show, without a run of theirs that could take it over.
  public struct SharedCell: Sendable, Equatable {
    /// As it was before.
    public let cell: CellSummary
    /// Their names, in alphabetical order.
    public let experiments: [String]
  }

  /// The run that goes.
  public let run: RunRecord
  /// Cells that go, with their predictions.
  public let deleted: [CellSummary]
  /// Cells that stay with another run.
  public let inherited: [Inheritance]
  /// Cells that go only when asked to, see `Store.deleteRuns(_:deletingShared:force:asksFor:)`.
  public let shared: [SharedCell]
  /// How many values of metrics go.
  public let metrics: Int
  /// Whose rows go; the files stay.
  public let artifacts: [Artifact]
  /// Cells whose corrector this run trained: they keep its SHA-256 and path, not the run.
  public let correctedCells: Int
}

extension Store {
  /// Tells whether a run's stored configuration asks for a cell.
  public typealias CellUse = (_ run: RunRecord, _ cell: CellIdentity) -> Bool

  /// What deleting runs would do, in the order of their ids.
  ///
  /// - Throws: `UserError` when there is no such run.
  public func deletions(ofRuns ids: [Int64], asksFor: CellUse) throws -> [RunDeletion] {
    try read { try Self.deletions(ofRuns: ids, $0, path: path, asksFor) }
  }

  /// Deletes runs with their metrics, artifacts (the rows, never a file), tags, notes and cells, in one
  /// transaction: all of them or, where one cannot be deleted, none.
  ///
  /// A cell that another run asks for, which stays, passes to the newest such run, whose note then
  /// says which program computed it. A cell that only shows in another experiment, because that one
  /// found it computed, has no such run: without `deletingShared` that is an error. Datasets, weights
  /// and distortions that no cell uses any more go, too, unless some run is active.
  ///
  /// - Parameters:
  ///   - force: delete a run even if its process cannot be checked.
  ///   - asksFor: whether a run's stored configuration asks for a cell.
  /// - Throws: `UserError` when there is no such run, its process is or may be alive, or a cell is
  ///   shared.
  @discardableResult
  public func deleteRuns(
    _ ids: [Int64], deletingShared: Bool = false, force: Bool = false, asksFor: CellUse
  ) throws -> [RunDeletion] {
    let path = path
    return try write { database in
      let deletions = try Self.deletions(ofRuns: ids, database, path: path, asksFor)
      try Self.markInterruptedRuns(database)
      for deletion in deletions {
        try Self.refuseLiveRun(deletion.run.id, database, force: force, path: path)
        if !deletingShared { try Self.refuseSharedCells(deletion) }
      }
      for deletion in deletions { try Self.delete(deletion, among: ids, database, asksFor) }
      try Self.removeUnused(database)
      return deletions
    }
  }

  private static func refuseSharedCells(_ deletion: RunDeletion) throws {
    guard let first = deletion.shared.first else { return }
    let more = deletion.shared.count - 1
    throw UserError(
      "run \(deletion.run.id): \(first.cell.name)"
        + (more > 0 ? " and \(more) more of its cells" : "")
        + " also shown in \(first.experiments.joined(separator: ", ")), which has no run of its "
        + "own to keep them", remedy: "delete them as well with --shared")
  }

  private static func delete(
    _ deletion: RunDeletion, among ids: [Int64], _ database: Database, _ asksFor: CellUse
  ) throws {
    for inheritance in deletion.inherited {
      try database.execute(
        sql: "UPDATE evaluations SET run_id = ? WHERE id = ?",
        arguments: [inheritance.heir, inheritance.cell.evaluation])
    }
    try noteInheritance(deletion, database)
    try forgetCells(of: deletion, among: ids, database, asksFor)
    // Cells, predictions, failures, metrics, artifacts and tags go with it: ON DELETE CASCADE.
    try database.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [deletion.run.id])
  }

  private static func deletions(
    ofRuns ids: [Int64], _ database: Database, path: String, _ asksFor: CellUse
  ) throws -> [RunDeletion] {
    let all = Set(ids)
    return try all.sorted().map { id in
      guard let run = try RunRecord.fetchOne(database, id: id) else {
        throw UserError("\(path): there is no run \(id)", remedy: "see realitygap runs")
      }
      return try deletion(of: run, among: all, database, asksFor)
    }
  }

  private static func deletion(
    of run: RunRecord, among all: Set<Int64>, _ database: Database, _ asksFor: CellUse
  ) throws -> RunDeletion {
    let others = try otherRuns(than: all, database)
    var deleted: [CellSummary] = []
    var inherited: [RunDeletion.Inheritance] = []
    var shared: [RunDeletion.SharedCell] = []
    for cell in try CellSummary.fetch(database, where: "e.run_id = ?", [run.id]) {
      if let heir = others.first(where: { asksFor($0, cell.identity) }) {
        inherited.append(RunDeletion.Inheritance(cell: cell, heir: heir.id))
        continue
      }
      deleted.append(cell)
      let experiments = try String.fetchAll(
        database,
        sql: """
          SELECT DISTINCT experiment FROM experiment_cells
          WHERE evaluation_id = ? AND experiment <> ? ORDER BY experiment
          """,
        arguments: [cell.evaluation, run.name])
      if !experiments.isEmpty {
        shared.append(RunDeletion.SharedCell(cell: cell, experiments: experiments))
      }
    }
    func count(_ sql: String) throws -> Int {
      try Int.fetchOne(database, sql: sql, arguments: [run.id]) ?? 0
    }
    return RunDeletion(
      run: run, deleted: deleted, inherited: inherited, shared: shared,
      metrics: try count("SELECT COUNT(*) FROM metrics WHERE run_id = ?"),
      artifacts: try Artifact.fetch(database, run: run.id),
      correctedCells: try count(
        "SELECT COUNT(*) FROM evaluations WHERE corrector_run_id = ?1 AND run_id <> ?1"))
  }

  /// The other runs that evaluate, newest first.
  private static func otherRuns(
    than ids: Set<Int64>, _ database: Database
  ) throws -> [RunRecord] {
    try RunRecord.filter(Column("kind") == RunKind.evaluate && !ids.contains(Column("id")))
      .order(Column("id").desc).fetchAll(database)
  }

  /// - Parameter force: whether a run passes of which nothing is known.
  /// - Throws: `UserError` when the run's process is alive, or may be.
  static func refuseLiveRun(
    _ id: Int64, _ database: Database, force: Bool, path: String
  ) throws {
    guard
      let row = try Row.fetchOne(
        database, sql: "SELECT \(processColumns) FROM runs WHERE id = ? AND status = 'running'",
        arguments: [id])
    else { return }
    let process = try ProcessIdentity(row).described()
    switch try Liveness(row) {
    case .gone: return
    case .alive:
      throw UserError(
        "\(path): run \(id) is still running (\(process))", remedy: "stop it first")
    case .beating(let last):
      let age = max(0, Int(Date().timeIntervalSince(last)))
      throw UserError(
        "\(path): run \(id) is still running (\(process), last heartbeat \(age) s ago)",
        remedy: "stop it there first; without a heartbeat it counts as interrupted after "
          + "\(Int(Heartbeat.expiry)) s")
    case .unknown:
      if force { return }
      throw UserError(
        "\(path): run \(id) may still be running (\(process), which cannot be seen from here)",
        remedy: "stop it there first, or pass --force if that process is gone")
    }
  }

  /// Records the provenance of the inherited cells in the heirs' notes.
  private static func noteInheritance(_ deletion: RunDeletion, _ database: Database) throws {
    let run = deletion.run
    for (heir, cells) in Dictionary(grouping: deletion.inherited, by: \.heir) {
      let names = cells.map(\.cell.name).joined(separator: "; ")
      let note =
        "From run \(run.id) (\(run.name), deleted \(Clock.now())): \(names). Computed from "
        + "\(run.startedAt) on \(run.host) by \(run.versions)"
        + (run.sourceCommit.map { ", commit \($0)" } ?? "") + "."
      try database.execute(
        sql: """
          UPDATE runs SET notes = CASE notes WHEN '' THEN ?1 ELSE notes || char(10) || ?1 END
          WHERE id = ?2
          """,
        arguments: [note, heir])
    }
  }

  /// The deleted run's experiment shows an inherited cell no longer, unless another run of it asks
  /// for the cell.
  private static func forgetCells(
    of deletion: RunDeletion, among ids: [Int64], _ database: Database, _ asksFor: CellUse
  ) throws {
    let name = deletion.run.name
    let namesakes = try otherRuns(than: Set(ids), database).filter { $0.name == name }
    for cell in deletion.inherited.map(\.cell)
    where !namesakes.contains(where: { asksFor($0, cell.identity) }) {
      try database.execute(
        sql: "DELETE FROM experiment_cells WHERE evaluation_id = ? AND experiment = ?",
        arguments: [cell.evaluation, name])
    }
  }

  /// Removes datasets (with their items), lists of classes, weights and distortions that no cell uses. While a run is
  /// active nothing is: it may have stored them for a cell that it is about to open.
  static func removeUnused(_ database: Database) throws {
    let isBusy = try Bool.fetchOne(
      database,
      sql: "SELECT EXISTS (SELECT 1 FROM runs WHERE kind = 'evaluate' AND status = 'running')")
    if isBusy == true { return }
    try database.execute(
      sql: """
        DELETE FROM datasets WHERE NOT EXISTS
          (SELECT 1 FROM evaluations e WHERE e.dataset_id = datasets.id);
        DELETE FROM class_lists WHERE digest NOT IN
          (SELECT class_list FROM datasets WHERE class_list IS NOT NULL);
        DELETE FROM weights WHERE NOT EXISTS
          (SELECT 1 FROM evaluations e WHERE e.weights_sha256 = weights.sha256);
        DELETE FROM distortions WHERE NOT EXISTS
          (SELECT 1 FROM evaluations e WHERE e.distortion = distortions.identity);
        """)
  }
}
