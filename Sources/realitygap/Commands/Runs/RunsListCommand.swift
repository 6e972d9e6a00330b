import ArgumentParser
import Foundation
import Reporting
import Support
import Tracking

/// `realitygap runs list`, and `realitygap runs` alone.
struct RunsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List runs, newest first.",
    discussion: """
      Columns: \(RunColumn.all.map(\.name).joined(separator: ", ")); metric:NAME is the last value \
      of a metric, metric:NAME@PHASE its last value in a training phase, tag:NAME the value of a tag. \
      Losses of different phases are not comparable: sort by metric:NAME@PHASE. corrector is the one \
      an evaluation used or a training run wrote, by name or SHA-256; result is top1, a training \
      run's last loss and PSNR, or agreement. Times are UTC. top1 and agreement are in percent.
      """)

  @Option(help: "Only runs of this kind.")
  var kind: RunKind?

  @Option(help: "Only runs with this status.")
  var status: RunStatus?

  @Option(help: "Only runs of this experiment or training file, by name.")
  var experiment: String?

  @Option(
    name: [.customLong("model"), .customLong("models")],
    help: "Only runs that evaluate this model.")
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Only runs started since 2026-11-22, 2026-11-22T18:00:00Z, or 30m, 12h, 7d, 2w ago.",
      valueName: "time"))
  var since: Since?

  @Option(help: ArgumentHelp("Sort by this column, ascending.", valueName: "column"))
  var sort: String?

  @Flag(help: "Reverse the order.")
  var reverse = false

  @Option(help: ArgumentHelp("At most this many, after sorting.", valueName: "count"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "The columns, comma-separated (default with --json: all).", valueName: "names"))
  var columns: String?

  @Flag(help: "Print one JSON object per line.")
  var json = false

  @Flag(help: "Print CSV.")
  var csv = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if json, csv { throw ValidationError("--json and --csv exclude each other") }
    try check("limit", limit, from: 0)
  }

  func run() throws {
    let chosen = columns?.split(separator: ",").map { String($0) }
    let store = try database.openToRead()
    let keys = try store.runKeys()
    func named(_ name: String) throws -> RunColumn {
      try RunColumn.named(name, metrics: keys.metrics, tags: keys.tags)
    }
    let columns =
      try (chosen ?? (json ? RunColumn.all.map(\.name) : RunColumn.usual)).map(named)
    let order = try sort.map(named)
    let runs = try store.runSummaries(
      RunFilter(
        kind: kind, status: status, name: experiment, model: model, since: since?.date))
    var list = RunList(runs, columns: columns)
    if let order {
      try list.sort(by: order, reversed: reverse)
    } else if reverse {
      try list.sort(by: try named("id"))
    }
    if let limit { list.cut(to: limit) }
    if json {
      for line in try list.jsonLines() { print(line) }
    } else if csv {
      print(try list.csv(), terminator: "")
    } else if list.runs.isEmpty {
      StandardStreams.writeError("no runs\n")
    } else {
      print(Terminal.set(whole: "--json or --csv") { list.table.text }, terminator: "")
    }
  }
}

extension RunKind: ExpressibleByArgument {}

extension RunStatus: ExpressibleByArgument {}
