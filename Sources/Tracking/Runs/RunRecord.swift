import GRDB

/// What a run does.
public enum RunKind: String, Codable, Sendable, CaseIterable, DatabaseValueConvertible {
  case evaluate
  case train
  /// Agreement of a network's predictions on restored and canonical photos; its results are metrics.
  case agreement
}

/// How a run stands. `interrupted`: its process is gone or was asked to stop before the end.
public enum RunStatus: String, Codable, Sendable, CaseIterable, DatabaseValueConvertible {
  case running
  case finished
  case failed
  case interrupted
}

/// What is known of a run when it starts.
public struct NewRun: Sendable {
  /// What it does.
  public var kind: RunKind
  /// The experiment's or training configuration's name.
  public var name: String
  /// Everything that decides what it computes, as a JSON object.
  public var configuration: String
  /// The command line, as typed.
  public var command: String
  /// Version by component, e.g. `["realitygap": "1.0", "onednn": "2.6.3"]`.
  public var versions: [String: String]
  /// Git's commit of the program, when known.
  public var commit: String?

  /// A run of this process, not stored yet.
  public init(
    kind: RunKind, name: String, configuration: String, command: String,
    versions: [String: String], commit: String? = nil
  ) {
    (self.kind, self.name, self.configuration) = (kind, name, configuration)
    (self.command, self.versions, self.commit) = (command, versions, commit)
  }
}

/// A row of `runs`.
public struct RunRecord: Sendable, Equatable, Decodable, Identifiable, FetchableRecord,
  TableRecord
{
  /// Never given to another run of this database, even when this one is deleted.
  public let id: Int64
  /// What it does.
  public let kind: RunKind
  /// The experiment's or training configuration's name.
  public let name: String
  /// As of when it was read.
  public let status: RunStatus
  /// ISO 8601, UTC.
  public let startedAt: String
  /// ISO 8601, UTC; `nil` while it runs and after its process vanished.
  public let finishedAt: String?
  /// How many times it was continued.
  public let resumed: Int
  /// A JSON object.
  public let configuration: String
  /// The command line, as typed.
  public let command: String
  /// A JSON object of strings.
  public let versions: String
  /// Git's commit of the program; `nil` when not known.
  public let sourceCommit: String?
  /// The machine of its process.
  public let host: String
  /// Of its process, on that machine.
  public let pid: Int32
  /// ISO 8601, UTC: the last heartbeat of its process; `nil` in runs from older versions.
  public let heartbeatAt: String?
  /// The line that was shown; `nil` unless it failed.
  public let error: String?
  /// The user's, and of runs that handed cells down; may have several lines.
  public let notes: String

  /// Where GRDB finds it.
  public static let databaseTableName = "runs"

  /// Columns are the properties' names in snake case.
  public static var databaseColumnDecodingStrategy: DatabaseColumnDecodingStrategy {
    .convertFromSnakeCase
  }
}
