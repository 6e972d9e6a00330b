import ArgumentParser
import Reporting
import Support

/// `realitygap runs show`: everything known about one run.
struct RunsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a run: configuration, versions, hashes, cells, metrics, artifacts.",
    discussion: """
      Cells are those that the run computed or used; the last column says which run owns each. A \
      metric has one row per training phase, because losses of different phases are not comparable. \
      Its best value is the highest for psnr, ssim and images_per_second and the lowest for losses \
      and errors; there is none if neither is better or the phase is unknown (–).
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
    print(
      json ? try page.json() + "\n" : Terminal.set(whole: "--json") { page.text }, terminator: "")
  }
}
