import Datasets
import Evaluation
import Foundation
import Imaging
import Support
import Tracking

/// Figures 3 and 4 of the paper: images before and after the correction, remade from the photos
/// and the corrector, with a network's predictions.
struct ExamplesSection: ExperimentSection {
  static let name = "examples"

  /// What the template sets.
  struct Values: Encodable {
    var notes: [String] = []
    var figures: [Picture] = []
  }

  /// A picture of several examples.
  struct Picture: Encodable {
    let file, alt: String
    /// `, corrected by NAME`, where the corrector has one.
    let corrector: String
    /// What the images are, from left to right.
    let shown: String
    /// Examples in a row.
    let columns: String
    let model, dataset: String
    /// The network's predictions.
    let table: String
  }

  /// Examples of y | x | ŷ, and pairs, as in the paper.
  static let triples = 6
  static let pairs = 9

  private let source: ReportSource
  private var values = Values()
  private var files: [ReportFile] = []

  init(_ source: ReportSource) { self.source = source }

  private var experiment: Experiment { source.experiment }

  /// Adds the pictures of a row's dataset and corrector, or a line that says why there are none. They are
  /// the same for every model: the first one says what it saw in them.
  mutating func add(_ predicted: PredictedRow) {
    let row = predicted.row
    guard row.model == experiment.models.first,
      let before = row.result(experiment.uncorrected)?.evaluation
    else { return }
    let label = source.labels.withoutModel(row)
    do {
      let corrector = try EvaluatedCorrector.load(
        row.result(.corrected)?.evaluation, source.loadCorrector)
      let make = try ExampleMaker(before, store: source.store, corrector: corrector)
      let items = Set((predicted[experiment.uncorrected] ?? []).map(\.item))
      let triples = experiment.uncorrected == .distorted ? Self.triples : 0
      guard !items.isEmpty else { throw UserError("none of its images was classified") }
      let chosen = Example.choose(triples + Self.pairs, of: Array(items), seed: experiment.seed)
      let name = "\(source.stem)-examples-\(FileStem.of(label))"
      try add(
        try make(Array(chosen.prefix(triples))), predicted, file: "\(name).jpg",
        withCanonical: true)
      try add(
        try make(Array(chosen.dropFirst(triples))), predicted, file: "\(name)-pairs.jpg",
        withCanonical: false)
    } catch {
      values.notes.append("No pictures of \(label): \(EvaluatedCorrector.line(error)).")
    }
  }

  /// The section with its notes; without values when there was nothing to add.
  func finished() -> PageSection<Values> {
    PageSection(
      values: values.notes.isEmpty && values.figures.isEmpty ? nil : values, files: files)
  }

  private mutating func add(
    _ examples: [Example], _ predicted: PredictedRow, file: String, withCanonical: Bool
  ) throws {
    guard !examples.isEmpty else { return }
    let row = predicted.row
    let strips = examples.enumerated().map { index, example in
      ImageSheet.Strip(
        name: "\(index + 1) \(example.address.item)",
        images: ((withCanonical ? [example.canonical] : [])
          + [example.uncorrected] + (example.corrected.map { [$0] } ?? []))
          .map(\.inReport))
    }
    let columns = withCanonical ? 2 : 3
    let shown =
      (withCanonical ? ["canonical y"] : [])
      + [experiment.uncorrected == .raw ? "raw image x" : "distorted x"]
      + (examples.contains { $0.corrected != nil } ? ["corrected ŷ"] : [])
    let sheet = ImageSheet(columns: shown, strips: strips, across: columns)
    let corrector = row.corrector.map { ", corrected by \($0)" } ?? ""
    files.append(try ReportFile(file, sheet))
    let list = shown.joined(separator: ", ")
    values.figures.append(
      Picture(
        file: file,
        alt: Markdown.alternative(
          "\(examples.count) examples of \(row.dataset)\(corrector): \(list)"),
        corrector: corrector, shown: list, columns: "\(columns)",
        model: ModelNames.title(row.model), dataset: row.dataset,
        table: try captions(examples, predicted, withCanonical: withCanonical).markdown
          .trimmedLines))
  }

  /// The network's prediction for each example.
  private func captions(
    _ examples: [Example], _ predicted: PredictedRow, withCanonical: Bool
  ) throws -> Table {
    let row = predicted.row
    let conditions = predicted.outcomes.filter { withCanonical || $0.condition != .canonical }
    let known = conditions.map { condition, outcomes in
      Dictionary(
        outcomes.map { (Example.Address(item: $0.item, draw: $0.draw), $0) },
        uniquingKeysWith: { first, _ in first })
    }
    guard let cell = conditions.lazy.compactMap({ row.result($0.condition) }).first?.evaluation
    else { return Table(columns: [], labels: 0, rows: []) }
    let classes = try source.store.classes(of: cell)
    return Table(
      columns: ["", "image", "label"] + conditions.map(\.condition.rawValue),
      labels: 3 + conditions.count,
      rows: try examples.enumerated().map { index, example in
        let said = known.map { $0[example.address] }
        let label = said.compactMap { $0?.label }.first
        let address = ["\(index + 1)", Markdown.code(example.address.item)]
        return try address + [label.map { try CellWords.name(ofClass: $0, in: classes) } ?? "–"]
          + said.map { try $0.map { try CellWords.said($0.prediction, in: classes) } ?? "–" }
      })
  }
}
