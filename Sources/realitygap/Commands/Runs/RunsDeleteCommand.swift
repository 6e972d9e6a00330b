import ArgumentParser
import Evaluation
import Foundation
import Support
import Tracking

/// `realitygap runs delete`: runs and everything that only they use.
struct RunsDeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete runs with their metrics, tags, cells and predictions; files stay.",
    discussion: """
      Either all the given runs are deleted or none. Cells that another run also uses are kept: they \
      pass to the newest such run, and its note records their provenance. Cells shown in another \
      experiment that has no run of its own for them are deleted only with --shared; that experiment \
      recomputes them when it is next run. A run whose process is alive, or sent a heartbeat within \
      the last two minutes from another host or container, is not deleted.
      """)

  @Argument(help: "The runs' ids, see `realitygap runs`.")
  var ids: [Int64]

  @Flag(help: "Do not ask for confirmation.")
  var yes = false

  @Flag(help: "Also delete cells that other experiments show.")
  var shared = false

  @Flag(help: "Delete a run even if its process cannot be checked.")
  var force = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard !ids.isEmpty else { throw ValidationError("give at least one run") }
  }

  func run() throws {
    let store = try database.open()
    let name = ids.count == 1 ? "run \(ids[0])" : "runs \(list(ids))"
    let planned = try store.deletions(ofRuns: ids, asksFor: Self.asks)
    if !yes {
      guard isatty(STDIN_FILENO) != 0 else {
        throw UserError("\(name): not a terminal", remedy: "pass --yes to delete without asking")
      }
      StandardStreams.writeError(Self.question(planned))
      guard ["y", "yes"].contains(readLine()?.lowercased()) else {
        throw UserError("\(name): nothing was deleted")
      }
    }
    let done = try store.deleteRuns(
      ids, deletingShared: shared, force: force, asksFor: Self.asks)
    // With a prompt, they were shown there.
    for line in yes ? done.flatMap(Self.consequences) : [] {
      StandardStreams.writeError(line + "\n")
    }
    for deletion in done { print("run \(deletion.run.id) deleted: \(Self.summary(deletion))") }
  }

  private func list(_ ids: [Int64]) -> String { ids.map { "\($0)" }.joined(separator: ", ") }

  private static func asks(_ run: RunRecord, for cell: CellIdentity) -> Bool {
    run.evaluation?.asks(for: cell) ?? false
  }

  private static func question(_ deletions: [RunDeletion]) -> String {
    let lines = deletions.flatMap { deletion in
      [
        "run \(deletion.run.id), \(deletion.run.kind.rawValue) \(deletion.run.name), "
          + "\(deletion.run.status.rawValue): would delete \(summary(deletion))"
      ] + consequences(deletion)
    }
    return lines.map { $0 + "\n" }.joined()
      + (deletions.count == 1 ? "Delete it? [y/N] " : "Delete these \(deletions.count)? [y/N] ")
  }

  private static func summary(_ deletion: RunDeletion) -> String {
    let predictions = deletion.deleted.reduce(0) { $0 + $1.predicted }
    return "\(deletion.deleted.count) cells with \(predictions) predictions, \(deletion.metrics) "
      + "metric values"
  }

  /// What is not simply deleted with the run.
  private static func consequences(_ deletion: RunDeletion) -> [String] {
    deletion.inherited.map { "kept: \($0.cell.name), now owned by run \($0.heir)" }
      + deletion.shared.map {
        "warning: \($0.cell.name) is also shown in \($0.experiments.joined(separator: ", "))"
      }
      + deletion.artifacts.map { "file kept: \($0.path)" }
      + (deletion.correctedCells > 0
        ? ["\(deletion.correctedCells) cells no longer link to this run for their corrector"] : [])
  }
}
