import Support

/// What an argument of a comparison names.
public enum SubjectReference: Sendable, Equatable {
  /// A training or evaluation run: `3` or `run:3`.
  case run(Int64)
  /// One cell: `evaluation:12`.
  case evaluation(Int64)
  /// A corrector's file: anything else. `./3` is a file, too.
  case corrector(path: String)

  /// - Throws: `UserError` when `run:` or `evaluation:` is not followed by a number.
  public init(_ argument: String) throws {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, parts[0] == "run" || parts[0] == "evaluation" {
      guard let id = Self.number(parts[1]) else {
        throw UserError("\(argument): not of the form \(parts[0]):NUMBER")
      }
      self = parts[0] == "run" ? .run(id) : .evaluation(id)
    } else if let id = Self.number(argument) {
      self = .run(id)
    } else {
      self = .corrector(path: argument)
    }
  }

  private static func number(_ text: some StringProtocol) -> Int64? {
    text.allSatisfy { $0.isASCII && $0.isNumber } ? Int64(text) : nil
  }
}
