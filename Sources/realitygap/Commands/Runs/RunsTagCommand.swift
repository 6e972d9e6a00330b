import ArgumentParser
import Support
import Tracking

/// `realitygap runs tag`: tags of a run.
struct RunsTagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Set or remove tags of a run.")

  @Argument(help: "The run's id, see `realitygap runs`.")
  var id: Int64

  @Argument(help: ArgumentHelp("Tags, with or without a value.", valueName: "name[=value]"))
  var tags: [String]

  @Flag(help: "Remove the tags with these names.")
  var remove = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard !tags.isEmpty else { throw ValidationError("give at least one tag") }
    for tag in tags where tag.isEmpty || tag.hasPrefix("=") {
      throw ValidationError("\"\(tag)\": a tag needs a name")
    }
  }

  func run() throws {
    let store = try database.open()
    _ = try RunsCommand.find(id, in: store)
    for tag in tags {
      let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if !remove {
        try store.tag(name, value: parts.count > 1 ? String(parts[1]) : "", run: id)
      } else if try !store.untag(name, run: id) {
        throw UserError("run \(id) has no tag \(name)", remedy: "see realitygap runs show \(id)")
      }
    }
  }
}
