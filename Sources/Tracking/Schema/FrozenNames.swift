import Support

/// The names that released migrations allow, as they were then: a name that is added to one of these
/// types needs a migration of its own that allows it (a test compares both).
extension Condition {
  /// Migration 1.
  static let version1: [Condition] = [.canonical, .distorted, .corrected, .raw]
}

extension ImageView {
  /// Migration 1.
  static let version1: [ImageView] = [.canonical, .distorted, .raw]
}

extension RunKind {
  /// Migration 1.
  static let version1: [RunKind] = [.evaluate, .train]
  /// Migration 2.
  static let version2 = version1 + [.agreement]
}

extension RunStatus {
  /// Migration 1.
  static let version1: [RunStatus] = [.running, .finished, .failed, .interrupted]
}

extension Schema {
  /// `CHECK (column IN ('a', 'b'))`.
  static func check<Name: RawRepresentable<String>>(_ column: String, _ names: [Name]) -> String {
    "CHECK (\(column) IN (\(names.map { "'\($0.rawValue)'" }.joined(separator: ", "))))"
  }
}
