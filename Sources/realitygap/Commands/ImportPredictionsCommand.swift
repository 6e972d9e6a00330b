import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Interchange
import Models
import Support
import Tracking

/// `realitygap import-predictions`: predictions of a model that is not run here.
struct ImportPredictionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-predictions",
    abstract: "Import another program's predictions into the database.",
    discussion: """
      The file's first line names its columns: item and predicted, and optionally label, draw, \
      label_rank, probability, label_probability. Classes are indices or ids (wnids); draws and ranks \
      count from 0. Labels are the dataset's; any in the file are checked against them. Every image \
      and draw must appear exactly once: the file is imported whole or not at all. A probability \
      rounded beyond 0 or 1 by up to 1e-6 is taken as 0 or 1.

      The experiment's next report has a row for the model. Its weights are the CSV file's SHA-256, \
      its engine is "imported". Each file holds one condition.
      """)

  @Argument(help: "The CSV file.", completion: .file(extensions: ["csv"]))
  var file: String

  @Option(help: ArgumentHelp("The experiment to show them in.", valueName: "name"))
  var experiment: String

  @Option(help: ArgumentHelp("The experiment's name for the dataset.", valueName: "name"))
  var dataset: String

  @Option(
    name: [.customLong("model"), .customLong("models")],
    help: ArgumentHelp("The model's name in tables.", valueName: "name"))
  var model: String

  @Option(help: "What the model saw.")
  var condition = Condition.canonical

  @Option(help: "Draws per image.")
  var draws = 1

  @Option(
    help: ArgumentHelp(
      "The images, for their labels (default: the database's dataset of this name).",
      valueName: "path"),
    completion: .directory)
  var data: String?

  @OptionGroup var classes: ClassOptions

  @Option(help: "With --data: only this many images, the ones that run --limit takes.")
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "The distortion used: a preset, e.g. paper, or a YAML file.", valueName: "name"))
  var distortion: String?

  @Option(help: "The seed of the distortions and of --limit.")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp("The corrector of corrected images.", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var corrector: String?

  @Flag(name: .customLong("corrected-raw"), help: "The corrected images were raw photos.")
  var isRaw = false

  @Option(
    help: ArgumentHelp("Where the predictions come from, for the report.", valueName: "text"))
  var source = ""

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    for (option, name) in [
      ("--experiment", experiment), ("--dataset", dataset), ("--model", model),
    ] where name.isEmpty || name.contains(where: \.isNewline) {
      throw ValidationError("\(option) \"\(name)\": not a valid name")
    }
    if Architecture.all.contains(where: { $0.name == model }) {
      throw ValidationError(
        "--model \(model): a built-in model; choose another name, e.g. "
          + "\(model)-imported")
    }
    try check("draws", draws, in: 1...1_000_000)
    if draws > 1, condition == .canonical {
      throw ValidationError("--draws \(draws): a canonical image has one")
    }
    if isRaw, condition != .corrected {
      throw ValidationError("--corrected-raw needs --condition corrected")
    }
    if corrector != nil, condition != .corrected {
      throw ValidationError("--corrector needs --condition corrected")
    }
    try check("limit", limit, from: 1)
    if limit != nil, data == nil { throw ValidationError("--limit needs --data") }
    if limit != nil, seed == nil {
      throw ValidationError("--limit needs --seed: it chooses the images")
    }
    try check(seed: seed)
  }

  func run() throws {
    let made = try distortion.map(Distortion.named)
    let request = ImportedCell(
      experiment: experiment, dataset: dataset, model: model, condition: condition, isRaw: isRaw,
      draws: draws, distortion: made?.identity, seed: seed,
      corrector: try corrector.map { (try FileDigest.sha256(path: $0), $0) }, source: source)
    let list = try classes.list()
    let predictions = try PredictionFile(path: file, classes: list)
    // Without --data the labels come from the database, which must then exist.
    let store = try Store.toWrite(database.path, Store.Options(mustExist: data == nil))
    if let made, condition != .canonical, condition != .raw, !isRaw {
      try store.register(distortion: made.identity, definition: made.definition)
    }
    let set = try data.map { try LabelledDataset(name: dataset, path: $0, classes: list) }
    for line in set?.notes ?? [] { StandardStreams.writeError("\(dataset): \(line)\n") }
    if let set, !set.hasCanonical, condition == .canonical || condition == .distorted {
      throw UserError("\(set.path): has no \(condition.rawValue) images")
    }
    let record =
      try set.map { Self.record($0, limit: limit, seed: seed) }
      ?? request.knownDataset(for: predictions, in: store)
    try check(request, settings: set?.settings ?? store.settings(ofDataset: record.fingerprint))
    let run = try request.store(
      predictions, dataset: record, in: store, command: Surroundings.command,
      versions: ["realitygap": Surroundings.version],
      commit: Surroundings.commit())
    if let run, let set { try store.record(notes: set.notes, dataset: dataset, run: run) }
    let name = "\(model), \(dataset), \(condition.rawValue)"
    print(
      run.map { "\(name): run \($0) in \(database.path)" }
        ?? "\(name): already in \(database.path); \(experiment) shows it")
  }

  /// - Parameter settings: those under which each image of the dataset was photographed.
  private func check(_ request: ImportedCell, settings: [String]) throws {
    let photographs = max(settings.count, 1)
    guard request.view == .raw, draws != photographs else { return }
    throw UserError(
      "--draws \(draws): \(dataset) has \(photographs) raw "
        + "\(photographs == 1 ? "photo" : "photos") of each image",
      remedy: "give --draws \(photographs)")
  }

  private static func record(
    _ whole: LabelledDataset, limit: Int?, seed: UInt64?
  ) -> DatasetRecord {
    let set = limit.map { whole.limited(to: $0, seed: seed ?? 0) } ?? whole
    return DatasetRecord(
      fingerprint: set.fingerprint, name: set.name, kind: set.layout, path: set.path,
      items: set.items.map(DatasetRecord.Item.init),
      classList: ClassListRecord(set.classList))
  }
}

extension Condition: ExpressibleByArgument {}
