import ArgumentParser
import Support
import Tracking

/// `realitygap database merge`: combines results from several machines.
struct DatabaseMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge other databases' runs and results into one.",
    discussion: """
      Cells of the same identity are merged row by row, as needed for shards computed on several \
      machines. Rows that contradict each other are an error, and nothing of that database is \
      merged. Merging twice changes nothing. The other databases keep their rows; --database is \
      created if missing.
      """)

  @Argument(help: "The databases to read.", completion: .file(extensions: ["sqlite"]))
  var others: [String]

  @Option(help: ArgumentHelp("The database to merge into.", valueName: "file"))
  var database = "realitygap.sqlite"

  func validate() throws {
    guard !others.isEmpty else { throw ValidationError("give at least one other database") }
  }

  func run() throws {
    let store = try Store.toWrite(database)
    for other in others {
      let summary = try store.merge(from: other)
      print(
        summary.isEmpty
          ? "\(other): \(database) already has everything"
          : "\(other): \(summary.runs) runs, \(summary.cells) new cells, \(summary.predictions) "
            + "predictions, \(summary.failures) failures, \(summary.metrics) metric values merged "
            + "into \(database)")
    }
  }
}
