import Evaluation
import Reporting
import Support
import Tracking

/// The list of experiments.
private struct ExperimentsValues: Encodable {
  struct Row: Encodable { let name, address, cells, models, datasets: String }
  let rows: [Row]
  let isEmpty: Bool
}

extension DashboardSite {
  func experimentsPage(_ links: Links) throws -> String {
    let change = database.current
    let store = try database.store()
    let rows = try store.experimentSummaries().map { found in
      ExperimentsValues.Row(
        name: found.name, address: links.experiment(found.name), cells: Numbers.count(found.cells),
        models: found.models.map(ModelNames.title).joined(separator: ", "),
        datasets: found.datasets.joined(separator: ", "))
    }
    let values = ExperimentsValues(rows: rows, isEmpty: rows.isEmpty)
    return try layout(
      "Experiments", "experiments", try templates.render(.experiments, values), links,
      change: change)
  }

  /// The page of an experiment.
  func experimentPage(_ name: String, _ links: Links) throws -> String {
    let cells = try database.store().evaluations(experiment: name)
    return try experimentPage(
      name, links, inner: nil,
      Self.pairs(cells.filter(\.isFinished)).prefix(Self.mostPairs).map {
        NamedLink(
          name: Self.words($0),
          address: links.compared(ComparedThings(cells: [$0.before.id, $0.after.id])))
      },
      cells.map { NamedLink(name: Self.title($0), address: links.images(of: $0.id)) })
  }

  /// - Parameters:
  ///   - inner: its report and its confusions, where they do not come later.
  ///   - comparisons: of its cells.
  ///   - images: of its cells.
  func experimentPage(
    _ name: String, _ links: Links, inner: (report: String, confusions: String)?,
    _ comparisons: [NamedLink], _ images: [NamedLink]
  ) throws -> String {
    guard try !database.store().evaluations(experiment: name).isEmpty else {
      throw Self.noExperiment
    }
    func part(_ kind: String) -> String? {
      inner == nil ? Links.query("/parts/\(kind)", [("name", name)]) : nil
    }
    let values = ExperimentPageValues(
      title: "Experiment \(name)", part: part("experiment"), html: inner?.report,
      confusionsPart: part("confusions"), confusions: inner?.confusions,
      comparisons: comparisons, images: images)
    return try layout(
      values.title, "experiments", try templates.render(.experiment, values), links)
  }

  /// The most pairs of cells of an experiment that are offered for a comparison.
  private static let mostPairs = 24

  /// Cells before and after a correction, on the same draws of the same network.
  static func pairs(
    _ cells: [EvaluationRecord]
  ) -> [(before: EvaluationRecord, after: EvaluationRecord)] {
    cells.filter { $0.condition == .corrected }.compactMap { after in
      cells.first { before in
        before.condition != .corrected && before.view == after.view
          && before.weightsSHA256 == after.weightsSHA256
          && before.datasetFingerprint == after.datasetFingerprint && before.isPaired(with: after)
      }.map { ($0, after) }
    }
  }

  /// A pair of cells: `SqueezeNet 1.1, sample: distorted → corrected (0a1b2c)`.
  static func words(_ pair: (before: EvaluationRecord, after: EvaluationRecord)) -> String {
    "\(ModelNames.title(pair.after.model)), \(pair.after.dataset): \(pair.before.condition) → "
      + "\(pair.after.condition)"
      + (pair.after.correctorSHA256.map { " (\($0.prefix(6)))" } ?? "")
  }

  private static let noExperiment = PageError.notFound("There is no experiment of this name.")

  /// The classes that each of an experiment's cells confuses most often.
  func confusionsPart(_ name: String) throws -> Part {
    let store = try database.store()
    let cells = try store.evaluations(experiment: name)
    guard !cells.isEmpty else { throw Self.noExperiment }
    return try kept("confusions-\(name)") { _ in
      let finished = cells.filter(\.isFinished)
      let tables = try finished.prefix(Self.mostConfusions).map { cell in
        let classes = try store.classes(of: cell)
        return ConfusionValues.Table(
          cell: Self.title(cell),
          rows: try store.confusions(evaluation: cell.id, count: 10).map {
            .init(
              label: try CellWords.name(ofClass: $0.label, in: classes),
              predicted: try CellWords.name(ofClass: $0.predicted, in: classes),
              draws: Numbers.count($0.draws), images: Numbers.count($0.images))
          })
      }.filter { !$0.rows.isEmpty }
      let left = finished.count - Self.mostConfusions
      let values = ConfusionValues(
        tables: tables, isEmpty: tables.isEmpty,
        left: left > 0 ? "Of the \(Self.mostConfusions) cells that were asked for last." : nil)
      return (try templates.render(.confusions, values), [])
    }
  }

  /// The most cells of which confusions are counted.
  private static let mostConfusions = 12
}

/// The page of an experiment.
private struct ExperimentPageValues: Encodable {
  let title: String
  let part, html, confusionsPart, confusions: String?
  let comparisons, images: [NamedLink]
  let hasComparisons, hasImages: Bool

  init(
    title: String, part: String?, html: String?, confusionsPart: String?, confusions: String?,
    comparisons: [NamedLink], images: [NamedLink]
  ) {
    (self.title, self.part, self.html) = (title, part, html)
    (self.confusionsPart, self.confusions) = (confusionsPart, confusions)
    (self.comparisons, hasComparisons) = (comparisons, !comparisons.isEmpty)
    (self.images, hasImages) = (images, !images.isEmpty)
  }
}

/// Classes that cells take for each other.
private struct ConfusionValues: Encodable {
  struct Table: Encodable {
    struct Row: Encodable { let label, predicted, draws, images: String }
    let cell: String
    let rows: [Row]
  }
  let tables: [Table]
  let isEmpty: Bool
  let left: String?
}
