import ArgumentParser
import Support
import Tracking

/// `realitygap database merge`: results of several machines in one place.
struct DatabaseMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join other databases' runs and results into one.",
    discussion: """
      Cells of the same identity are joined row by row, as parts that --shard computed on several \
      machines need it. Rows that contradict each other are an error and nothing of that database \
      is merged. Merging twice changes nothing. The other databases keep their rows; --database is \
      created when it is missing.
      """)

  @Argument(help: "The databases to read.", completion: .file(extensions: ["sqlite"]))
  var others: [String]

  @Option(help: ArgumentHelp("The database that grows.", valueName: "file"))
  var database = "realitygap.sqlite"

  func validate() throws {
    guard !others.isEmpty else { throw ValidationError("name at least one other database") }
  }

  func run() throws {
    let store = try Store(path: database)
    for other in others {
      let summary = try store.merge(from: other)
      print(
        summary.isEmpty
          ? "\(other): \(database) has it all"
          : "\(other): \(summary.runs) runs, \(summary.cells) new cells, \(summary.predictions) "
            + "predictions, \(summary.failures) failures, \(summary.metrics) metric values merged "
            + "into \(database)")
    }
  }
}
