import ArgumentParser
import Reporting
import Support
import Tracking

/// `realitygap runs`: past runs and their results.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List, show, tag, note and delete runs.",
    discussion: """
      A run whose process died (kill -9, power failure) is marked as interrupted as soon as any \
      command opens the database; repeating the original command continues it.
      """,
    subcommands: [
      RunsListCommand.self, RunsShowCommand.self, RunsDeleteCommand.self, RunsNoteCommand.self,
      RunsTagCommand.self,
    ], defaultSubcommand: RunsListCommand.self)

  /// A run that must be there.
  ///
  /// - Throws: `UserError` when it is not.
  static func find(_ id: Int64, in store: Store) throws -> RunRecord {
    guard let run = try store.run(id) else { throw missing(id, in: store) }
    return run
  }

  static func missing(_ id: Int64, in store: Store) -> UserError {
    UserError("\(store.path): there is no run \(id)", remedy: "see realitygap runs")
  }
}
