import ArgumentParser
import Interchange
import Support
import Tracking

/// `realitygap export csv`.
struct ExportCSVCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Write runs.csv, metrics.csv, top1.csv and predictions.csv.",
    discussion: ExportTable.all.map {
      "\($0.name).csv: \($0.columns.joined(separator: ", "))."
    }.joined(separator: "\n\n") + """


      RFC 4180, UTF-8. Times are ISO 8601 in UTC, top1 is in percent, corrector is a SHA-256, draw \
      and label_rank count from 0; versions, tags and configuration are JSON. Unknown values \
      are empty; a metric that is not finite is nan, inf or -inf. predictions.csv \
      has one row per image and draw of each finished cell.
      """)

  @Option(
    help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
  var output: String

  @OptionGroup var scope: ScopeOptions

  func run() throws {
    let store = try scope.database.openToRead()
    for file in try CSVExport.write(scope.scope, of: store, to: output) {
      print("\(file.path): \(file.rows) row\(file.rows == 1 ? "" : "s")")
    }
  }
}
