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
      A metric's best value is its highest where its name speaks of psnr, ssim, top1, accuracy, \
      agreement or per_second, its lowest otherwise.
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
