/// Settings of several subjects, key by key.
public struct ConfigurationDifference: Sendable, Equatable {
  /// One key with the value of each subject.
  public struct Line: Sendable, Equatable {
    /// Flattened, e.g. `phases.stn.steps`.
    public let key: String
    /// In the subjects' order; `nil` for one that does not have the key.
    public let values: [String?]
    /// Whether not all values are equal; one that is absent differs from any that is there.
    public var differs: Bool { values.contains { $0 != values.first } }
  }

  /// By key.
  public let lines: [Line]

  /// - Parameter configurations: each subject's settings by flattened key, see `FlatConfiguration`.
  public init(_ configurations: [[String: String]]) {
    let keys = Set(configurations.flatMap(\.keys)).sorted()
    lines = keys.map { key in Line(key: key, values: configurations.map { $0[key] }) }
  }

  /// Those that differ. When a run began and ended always does, and says nothing.
  public var different: [Line] {
    lines.filter { $0.differs && !["run.started", "run.finished"].contains($0.key) }
  }
}
