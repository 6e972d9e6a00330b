import ArgumentParser
import Evaluation
import Foundation
import Support
import Tracking

/// `realitygap runs delete`: a run with all that only it needs.
struct RunsDeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a run with its metrics, tags, cells and predictions; files stay.",
    discussion: """
      Cells that another run asks for are kept: they pass to the newest such run, and its note says \
      what computed them. Cells that show in another experiment which never had to run for them are \
      deleted only with --shared; that experiment computes them again when it is run. A run whose \
      process is alive is not deleted.
      """)

  @Argument(help: "The run's id, see `realitygap runs`.")
  var id: Int64

  @Flag(help: "Do not ask.")
  var yes = false

  @Flag(help: "Delete cells too that other experiments show.")
  var shared = false

  @Flag(help: "Delete a run that seems to run on another host, which is gone.")
  var force = false

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let store = try database.open()
    guard let deletion = try store.deletion(ofRun: id, asksFor: Self.asks) else {
      throw RunsCommand.missing(id, in: store)
    }
    if !yes {
      guard isatty(STDIN_FILENO) != 0 else {
        throw UserError("run \(id): nobody can be asked", remedy: "say --yes to delete it")
      }
      StandardStreams.writeError(Self.question(deletion))
      guard ["y", "yes"].contains(readLine()?.lowercased()) else {
        throw UserError("run \(id): nothing was deleted")
      }
    }
    let done = try store.deleteRun(
      id, deletingShared: shared, force: force, asksFor: Self.asks)
    // Who was asked has seen them.
    for line in yes ? Self.consequences(done) : [] { StandardStreams.writeError(line + "\n") }
    print("run \(id) deleted: \(Self.summary(done))")
  }

  private static func asks(_ run: RunRecord, for cell: CellIdentity) -> Bool {
    RunConfiguration(json: run.configuration)?.asks(for: cell) ?? false
  }

  private static func question(_ deletion: RunDeletion) -> String {
    let run = deletion.run
    let lines =
      [
        "run \(run.id), \(run.kind.rawValue) \(run.name), \(run.status.rawValue): would delete "
          + summary(deletion)
      ] + consequences(deletion)
    return lines.map { $0 + "\n" }.joined() + "Delete it? [y/N] "
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
