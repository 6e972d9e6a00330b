import Support

/// A classifier that another program computes, in a process of its own.
public struct ExternalModel: Sendable, Equatable, Codable {
  /// What tables and cells call it: letters, digits, - _ and `.`.
  public var name: String
  /// What starts its process, for the shell.
  public var command: String

  /// A classifier by its name and command.
  public init(name: String, command: String) {
    (self.name, self.command) = (name, command)
  }

  /// What an option `--classifier NAME=COMMAND` says.
  ///
  /// - Throws: `UserError` when it is not of that form.
  public init(option: String) throws {
    let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, CorrectorChoice.isName(parts[0]),
      !parts[1].allSatisfy(\.isWhitespace)
    else {
      throw UserError(
        "--classifier \(option): not of the form NAME=COMMAND",
        remedy: "e.g. --classifier effnet=\"realitygap-worker timm efficientnet_lite0\"")
    }
    self.init(name: String(parts[0]), command: String(parts[1]))
  }
}
