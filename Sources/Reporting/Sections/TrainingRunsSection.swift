import Evaluation
import Tracking

/// The training runs of an experiment's correctors, those that its database knows.
struct TrainingRunsSection: ExperimentSection {
  static let name = "training"

  /// What the template sets.
  struct Values: Encodable {
    var runs: [TrainingSection.Values] = []
    var notes: [String] = []
  }

  private var section = PageSection<Values>()

  init(_ source: ReportSource) throws {
    var values = Values()
    var seen: Set<String> = []
    for row in source.results.rows {
      guard let evaluation = row.result(.corrected)?.evaluation,
        let digest = evaluation.correctorSHA256, seen.insert(digest).inserted
      else { continue }
      guard let id = try source.store.trainingRun(ofFile: digest) ?? evaluation.correctorRunID,
        let run = try source.store.run(id)
      else {
        let path = Provenance.shown(evaluation.correctorPath ?? digest, source.workingFolder)
        values.notes.append(
          "The run that trained \(Markdown.code(path)) is not in this database.")
        continue
      }
      let part = try TrainingSection(run, store: source.store, stem: source.stem).section
      values.runs += [part.values].compactMap { $0 }
      section.files += part.files
      section.tables += part.tables
    }
    if !values.runs.isEmpty || !values.notes.isEmpty { section.values = values }
  }

  func finished() -> PageSection<Values> { section }
}
