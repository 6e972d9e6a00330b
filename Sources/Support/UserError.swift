/// A failure that a person can act on: one line that names the file or option and says what to do.
///
/// Everything that bad input can cause is thrown as a `UserError`; the command prints
/// `description` on standard error and exits with 1.
public struct UserError: Error, CustomStringConvertible, Sendable, Equatable {
  /// What went wrong, as one line, e.g. `photo.jpg: not a JPEG file (it starts with 89 50)`.
  public let problem: String
  /// What the reader can do about it, or `nil` when the problem says it already.
  public let remedy: String?

  /// - Parameters:
  ///   - problem: what went wrong, as one line.
  ///   - remedy: what the reader can do, or `nil`.
  public init(_ problem: String, remedy: String? = nil) {
    self.problem = problem
    self.remedy = remedy
  }

  /// Problem and remedy on one line; line breaks in either become spaces.
  public var description: String {
    let line = remedy.map { "\(problem); \($0)" } ?? problem
    return line.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
