import Imaging

/// Notes on files that are left out when a folder or an archive is listed. Photos are told by the ends
/// of their names, in any case (`ImageFormat`); what such a file really holds shows when it is decoded.
enum PhotoNames {
  /// A note on files that were left out because of their names, with their endings; `nil` for none.
  static func note(leftOut names: [String]) -> String? {
    guard !names.isEmpty else { return nil }
    let counts = Dictionary(grouping: names) { ending($0).map { ".\($0)" } ?? "no ending" }
      .mapValues(\.count).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let kinds = counts.prefix(5).map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    return "\(names.count.counted("file")) left out: not named \(ImageFormat.endingsText) (\(kinds)"
      + "\(counts.count > 5 ? ", …" : ""))"
  }

  /// A note on photos whose names begin with a dot; `nil` for none.
  static func note(hidden names: [String]) -> String? {
    names.first.map { "\(names.count.counted("hidden photo")) left out, e.g. \($0)" }
  }

  /// What follows the last dot of a name, in small letters.
  private static func ending(_ name: String) -> String? {
    let file = name.split(separator: "/").last ?? ""
    let parts = file.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, let last = parts.last, !last.isEmpty else { return nil }
    return last.lowercased()
  }
}
