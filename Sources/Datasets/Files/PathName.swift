/// Paths as texts, without looking at a disk.
enum PathName {
  /// A relative path without `.`, `..` and needless slashes; `nil` where it leads above its start.
  static func normal(_ path: some StringProtocol) -> String? {
    var parts: [String] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  /// All but the last part; empty for a name alone.
  static func folder(of path: String) -> String {
    path.split(separator: "/").dropLast().joined(separator: "/")
  }
}
