import ArgumentParser
import Reporting
import Support

/// `realitygap runs show`: one run with all that is known of it.
struct RunsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a run: configuration, versions, hashes, cells, metrics, artifacts.",
    discussion: """
      Cells are those that the run computed or asked for; the last column says which run owns each. \
      A metric has a row for each training phase, because losses of different phases do not \
      compare. Its best value is the highest for psnr, ssim and images_per_second, the lowest for \
      losses and errors, and there is none where neither is better or the phase (–) is unknown.
      """)

  @Argument(help: "The run's id, see `realitygap runs`.")
  var id: Int64

  @Flag(help: "Print one JSON object, with every value of every metric (null: not finite).")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let store = try database.openToRead()
    guard let page = try RunPage(id, store: store) else {
      throw RunsCommand.missing(id, in: store)
    }
    let medium = Terminal.medium(whole: "--json")
    print(
      json
        ? try page.json() + "\n" : TableMedium.$current.withValue(medium) { page.text },
      terminator: "")
  }
}
