import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Models
import Reporting
import Support
import Tracking

/// `realitygap agreement`: how often a corrector restores a network's prediction, without labels.
struct AgreementCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agreement",
    abstract: "How often a network's top-1 on corrected photos is its top-1 on canonical ones.",
    discussion: """
      Prints, for distorted photos, corrected photos and canonical photos passed through the \
      corrector: agreement in percent with its 95 % interval (clustered by photo), the mean squared \
      error against the canonical pixels (0 to 1), and its ratio to that of the distorted images.

      With --database the numbers are recorded as a run of kind agreement, with its settings; its \
      metrics are distorted/agreement, corrected/agreement and canonical/agreement, each also with \
      agreement_lower, agreement_upper, mse and relative_mse in place of agreement.
      """)

  @Option(
    help: "The corrector G; without it, the distorted photos alone.",
    completion: .file(extensions: ["h5"]))
  var corrector: String?

  @OptionGroup var options: AgreementOptions

  @Flag(help: "Print one JSON object per line instead of a table.")
  var json = false

  @Option(help: ArgumentHelp("Also record the result in this database.", valueName: "file"))
  var database: String?

  @Option(help: "The run's name in the database.")
  var name = "agreement"

  func run() throws {
    let recorder = try database.map { try AgreementRecorder(path: $0, try newRun()) }
    let rows = try recorder.map { try $0.record(measure) } ?? measure()
    if json {
      for row in rows { print(try AgreementTable.json(row)) }
    } else {
      print(Terminal.set(whole: "--json") { AgreementTable.table(rows).text }, terminator: "")
    }
    if let recorder { StandardStreams.writeError("run \(recorder.run) in \(recorder.path)\n") }
  }

  private func measure() throws -> [Agreement.Row] {
    try options.measure { machine in
      let distorted = Restoration.distorted
      guard let path = corrector else { return [distorted] }
      let corrector = try CorrectorFile.load(path)
      return [
        distorted, try .corrector("corrected", corrector, on: machine),
        try .canonical(through: corrector, on: machine),
      ]
    }
  }

  private func newRun() throws -> NewRun {
    NewRun(
      kind: .agreement, name: name,
      configuration: try options.configuration(corrector: corrector).json(),
      command: Surroundings.command,
      versions: [
        "realitygap": Surroundings.version,
        "engine": try options.compute.makeBackend().versions,
      ], commit: Surroundings.commit())
  }
}

/// A run of kind agreement while it is being measured.
private struct AgreementRecorder {
  let path: String
  let run: Int64
  private let store: Store

  init(path: String, _ new: NewRun) throws {
    self.path = path
    let store = try Store.toWrite(path)
    let run = try store.startRun(new)
    (self.store, self.run) = (store, run)
    Interruption.beforeEnd {
      // If this fails, whoever opens the database next finds that the process is gone.
      try? store.finishRun(run, status: .interrupted)
    }
  }

  /// Measures, and stores the outcome, whatever it is.
  func record(_ measure: () throws -> [Agreement.Row]) throws -> [Agreement.Row] {
    do {
      let rows = try measure()
      try store.atomically {
        if let row = rows.first {
          try store.add(notes: DataNote.damaged(row.damaged), run: run)
          try store.record(
            leftOut: row.leftOut.map {
              LeftOutItem(dataset: DataNote.images, item: $0.name, reason: $0.reason)
            }, run: run)
        }
        try store.record(metrics: rows.flatMap(Self.metrics), run: run)
        try store.finishRun(run, status: .finished)
      }
      return rows
    } catch {
      // The original error matters more than a failure to record it.
      try? store.finishRun(run, status: .failed, error: "\(error)")
      throw error
    }
  }

  /// A restoration's metrics; unknown values are not stored.
  private static func metrics(_ row: Agreement.Row) -> [MetricValue] {
    // `canonical through G` is `canonical`.
    let what = row.name.prefix { $0 != " " }
    let interval = row.agreement.interval
    let agreement = row.agreement.proportion.map { proportion in
      [
        ("agreement", 100 * proportion), ("agreement_lower", 100 * interval.lower),
        ("agreement_upper", 100 * interval.upper),
      ]
    }
    return ((agreement ?? []) + [("mse", row.mse), ("relative_mse", row.relativeMSE)]).map {
      MetricValue(step: 0, name: "\(what)/\($0.0)", value: $0.1)
    }
  }
}

extension DataNote {
  /// What the photos of an agreement are called in its run.
  fileprivate static let images = "images"

  /// A note on each damaged photo of an agreement.
  static func damaged(_ photos: [DamagedPhoto]) -> [DataNote] {
    photos.map { DataNote(dataset: images, item: $0.name, damage: $0.damage) }
  }
}
