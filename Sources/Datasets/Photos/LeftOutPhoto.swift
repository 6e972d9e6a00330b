import Support

/// A photo that could not be used, and why.
public struct LeftOutPhoto: Sendable, Hashable {
  /// Its name within its set.
  public let name: String
  /// One line, without the photo's name.
  public let reason: String

  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }

  /// - Parameter place: what the error calls the photo, e.g. its path; not repeated in the reason.
  public init(name: String, place: String, error: any Error) {
    let (prefix, line) = (place + ": ", "\(error)")
    self.init(
      name: name, reason: line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : line)
  }
}

extension UserError {
  /// The error with which `--strict` ends at a photo that cannot be used.
  public var strict: UserError {
    UserError(problem, remedy: "\(remedy ?? "fix it"), or drop --strict")
  }

  /// None of a set's photos can be used.
  public static func unusable(_ count: Int, of place: String) -> UserError {
    UserError(
      count == 1
        ? "\(place): its only photo cannot be used"
        : "\(place): none of its \(count) photos can be used",
      remedy: "see above what is wrong with them")
  }
}
