import ArgumentParser
import Support

/// `realitygap runs note`: free text about a run.
struct RunsNoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Replace a run's note; empty text removes it.")

  @Argument(help: "The run's id, see `realitygap runs`.")
  var id: Int64

  @Argument(help: "The note.")
  var text: String

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let store = try database.open()
    _ = try RunsCommand.find(id, in: store)
    try store.note(text, run: id)
  }
}
