import Evaluation
import Tracking

/// A training's recipe with several seeds: the curves' means with bands, and how far metrics vary.
struct TrainingRepeatsSection {
  /// What the template sets.
  struct Values: Encodable {
    /// Which runs, a sentence.
    let runs: String
    let figures: [Figure]
    let caption, table: String
  }

  private let run: RunRecord
  private let repeats: [(run: RunRecord, metrics: [MetricValue])]
  private let stem: String

  /// - Throws: `UserError` when the database cannot be read.
  init(_ run: RunRecord, store: Store, stem: String) throws {
    (self.run, self.stem) = (run, stem)
    repeats = try TrainingRecipe.repeats(of: run, in: store).map {
      ($0, try store.metrics(run: $0.id))
    }
  }

  /// Empty where the run is the only one of its recipe.
  var section: PageSection<Values> {
    let table = RepeatsSection([repeats.map { ("run \($0.run.id)", $0.metrics) }]).report
    guard repeats.count > 1, !table.table.rows.isEmpty else { return PageSection() }
    let ids = repeats.map { "\($0.run.id)" }.joined(separator: ", ")
    let plots = TrainingPlots(
      runs: repeats.map(\.metrics), phases: TrainingPhases(configuration: run.configuration))
    let title = "Training runs \(ids), \(run.name)"
    var figures = Figures()
    if let plot = plots.losses(title: "\(title): losses, mean over seeds") {
      figures.add(plot, file: "\(stem)-training-\(run.id)-repeats-losses.svg")
    }
    if let plot = plots.validation(title: "\(title): held-out photos, mean over seeds") {
      figures.add(plot, file: "\(stem)-training-\(run.id)-repeats-validation.svg")
    }
    let values = Values(
      runs:
        "Runs \(ids) differ in the seed alone. Curves are means over them; a band goes from the "
        + "\(MeanCurve.bands).",
      figures: figures.shown, caption: table.caption, table: table.markdown)
    return PageSection(values: values, files: figures.files, tables: [table])
  }
}
