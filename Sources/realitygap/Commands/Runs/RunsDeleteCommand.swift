import ArgumentParser
import Evaluation
import Foundation
import Support
import Tracking

/// `realitygap runs delete`: runs with all that only they need.
struct RunsDeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete runs with their metrics, tags, cells and predictions; files stay.",
    discussion: """
      All the runs that are named are deleted, or none of them. Cells that another run asks for are \
      kept: they pass to the newest such run, and its note says what computed them. Cells that show \
      in another experiment which never had to run for them are deleted only with --shared; that \
      experiment computes them again when it is run. A run whose process is alive, or gave a sign of \
      life within two minutes on another host or in another container, is not deleted.
      """)

  @Argument(help: "The runs' ids, see `realitygap runs`.")
  var ids: [Int64]

  @Flag(help: "Do not ask.")
  var yes = false

  @Flag(help: "Delete cells too that other experiments show.")
  var shared = false

  @Flag(help: "Delete a run of which nobody can tell whether its process lives.")
  var force = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard !ids.isEmpty else { throw ValidationError("name at least one run") }
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
    // Who was asked has seen them.
    for line in yes ? done.flatMap(Self.consequences) : [] {
      StandardStreams.writeError(line + "\n")
    }
    for deletion in done { print("run \(deletion.run.id) deleted: \(Self.summary(deletion))") }
  }

  private func list(_ ids: [Int64]) -> String { ids.map { "\($0)" }.joined(separator: ", ") }

  private static func asks(_ run: RunRecord, for cell: CellIdentity) -> Bool {
    RunConfiguration(json: run.configuration)?.asks(for: cell) ?? false
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

  /// What is not simply gone with the run.
  private static func consequences(_ deletion: RunDeletion) -> [String] {
    deletion.inherited.map { "kept: \($0.cell.name), now of run \($0.heir)" }
      + deletion.shared.map {
        "warning: \($0.cell.name) also shows in \($0.experiments.joined(separator: ", "))"
      }
      + deletion.artifacts.map { "file stays: \($0.path)" }
      + (deletion.correctedCells > 0
        ? ["\(deletion.correctedCells) cells forget that this run trained their corrector"] : [])
  }
}
