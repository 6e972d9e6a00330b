import ArgumentParser
import Support

/// The names of subcommands, which ArgumentParser does not suggest.
enum CommandNames {
  /// Checks that the words at the beginning of a command line are subcommands.
  ///
  /// - Throws: `ValidationError` for an unknown word, with the nearest known one.
  static func check(
    _ arguments: some Sequence<String>, of root: any ParsableCommand.Type
  ) throws {
    var command = root
    for word in arguments {
      // Options of a command with subcommands are its default subcommand's; `help` is everywhere.
      guard !word.hasPrefix("-"), word != "help" else { return }
      let commands = command.configuration.subcommands
      guard !commands.isEmpty else { return }
      guard let next = commands.first(where: { name(of: $0) == word }) else {
        let known = commands.map(name)
        let place = command == root ? "" : " of \(name(of: command))"
        throw ValidationError(
          "unknown command\(place): \(word)"
            + (Suggestion.nearest(to: word, among: known).map { "; did you mean \($0)?" }
              ?? "; there are \(known.joined(separator: ", "))"))
      }
      command = next
    }
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? "\(command)"
  }
}
