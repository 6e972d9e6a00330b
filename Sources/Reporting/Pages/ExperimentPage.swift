import Evaluation
import Foundation
import Support
import Tracking

/// The full report of an experiment: its tables, pictures, plots and everything that is needed to
/// reproduce it. It depends on what is stored and on the files that were evaluated only: made twice,
/// it is the same.
public struct ExperimentPage {
  /// What the template sets.
  private struct Values: Encodable {
    let title, name, uncorrected: String
    let description: String?
    let results: ResultsSection.Values?
    let examples: ExamplesSection.Values?
    let robustness, calibration: PlottedSection.Values?
    let training: Training?
    let throughput: ThroughputSection.Values?
    let appendix: Appendix
  }

  /// The training runs of the correctors.
  private struct Training: Encodable {
    var runs: [TrainingSection.Values] = []
    var notes: [String] = []
  }

  private let results: ExperimentResults
  private let store: Store
  private let workingFolder: String
  private let loadCorrector: (String) throws -> any ImageCorrector

  /// - Parameters:
  ///   - workingFolder: paths below it are written relative to it.
  ///   - loadCorrector: loads a corrector from its file, for the pictures.
  public init(
    _ results: ExperimentResults, store: Store,
    workingFolder: String = FileManager.default.currentDirectoryPath,
    loadCorrector: @escaping (String) throws -> any ImageCorrector
  ) {
    (self.results, self.store) = (results, store)
    (self.workingFolder, self.loadCorrector) = (workingFolder, loadCorrector)
  }

  private var experiment: Experiment { results.experiment }

  /// - Parameters:
  ///   - command: what makes the report again.
  ///   - stem: the page's name, without ending.
  /// - Throws: `UserError` for a database or a template that cannot be read.
  public func bundle(
    command: String, stem: String, templates: ReportTemplates
  ) throws -> ReportBundle {
    let stem = FileStem.of(stem)
    let report = ExperimentReport(results)
    let measured = ResultsSection(results: results).section
    let (examples, robustness, calibration) = try predictionSections(stem)
    let training = try training(stem)
    let throughput = try throughput()
    let provenance = Provenance(results: results, workingFolder: workingFolder)
    let values = Values(
      title: report.title, name: experiment.name, uncorrected: experiment.uncorrected.rawValue,
      description: report.description, results: measured.values, examples: examples.values,
      robustness: robustness.values, calibration: calibration.values, training: training.values,
      throughput: throughput.values,
      appendix: Appendix(
        files: provenance.files, settings: provenance.settings,
        commands: [provenance.commands, command]))
    return ReportBundle(
      stem: stem, markdown: try templates.render(.experiment, values),
      files: examples.files + robustness.files + calibration.files + training.files,
      tables: measured.tables + robustness.tables + calibration.tables + training.tables
        + throughput.tables)
  }

  /// The sections that read every prediction: one row's at a time are in memory.
  private func predictionSections(
    _ stem: String
  ) throws -> (
    PageSection<ExamplesSection.Values>, PageSection<PlottedSection.Values>,
    PageSection<PlottedSection.Values>
  ) {
    var examples = ExamplesSection(
      stem: stem, experiment: experiment, store: store, load: loadCorrector)
    var robustness = RobustnessSection(stem: stem)
    var calibration = CalibrationSection(stem: stem)
    let label = RowLabel(results)
    for row in results.rows {
      var outcomes: ExamplesSection.Outcomes = []
      for condition in experiment.conditions {
        guard let evaluation = row.result(condition)?.evaluation else { continue }
        outcomes.append((condition, try store.outcomes(evaluation: evaluation.id)))
      }
      func found(_ condition: Condition) -> [DrawOutcome]? {
        outcomes.first { $0.condition == condition }?.outcomes
      }
      let name = label.text(row)
      if let distorted = found(experiment.uncorrected) {
        addCurves(&robustness, row, name, distorted, found(.corrected))
      }
      calibration.add(
        outcomes.compactMap { condition, outcomes in
          row.result(condition).map { ($0.evaluation.id, outcomes) }.map {
            (condition, $0.0, Calibration($0.1))
          }
        }, row, label: name, sharedLabel: label.withoutCorrector(row))
      // The pictures are the same for every model: the first one says what it saw in them.
      if row.model == experiment.models.first {
        examples.add(row, label: label.withoutModel(row), outcomes)
      }
    }
    return (examples.finished(), robustness.finished(), calibration.finished())
  }

  /// Adds the curves of a row whose images were distorted, or a line that says why there are none.
  private func addCurves(
    _ robustness: inout RobustnessSection, _ row: ResultRow, _ label: String,
    _ distorted: [DrawOutcome], _ corrected: [DrawOutcome]?
  ) {
    guard let before = row.result(experiment.uncorrected)?.evaluation else { return }
    do {
      guard let replay = try DrawReplay(before, store: store) else { return }
      let curves = StrengthCurve.all(distorted: distorted, corrected: corrected, replay: replay)
      guard !curves.isEmpty else {
        throw UserError(
          "the distortion \(before.distortion ?? "of an unknown name") has no rotation, scale and so on "
            + "to sort the draws by")
      }
      robustness.add(
        curves, row, label: label, canonical: row.result(.canonical)?.top1.proportion)
    } catch {
      robustness.add(note: "No curves of \(label): \(EvaluatedCorrector.line(error)).")
    }
  }

  /// The training runs of the correctors, those that this database knows.
  private func training(_ stem: String) throws -> PageSection<Training> {
    var section = PageSection<Training>()
    var training = Training()
    var seen: Set<String> = []
    for row in results.rows {
      guard let evaluation = row.result(.corrected)?.evaluation,
        let digest = evaluation.correctorSHA256, seen.insert(digest).inserted
      else { continue }
      guard let id = try store.trainingRun(ofFile: digest) ?? evaluation.correctorRunID,
        let run = try store.run(id)
      else {
        let path = Provenance.shown(evaluation.correctorPath ?? digest, workingFolder)
        training.notes.append(
          "The run that trained \(Markdown.code(path)) is not in this database.")
        continue
      }
      let part = try TrainingSection(run, store: store, stem: stem).section
      training.runs += [part.values].compactMap { $0 }
      section.files += part.files
      section.tables += part.tables
    }
    if !training.runs.isEmpty || !training.notes.isEmpty { section.values = training }
    return section
  }

  private func throughput() throws -> PageSection<ThroughputSection.Values> {
    var throughput = ThroughputSection()
    for run in results.runs {
      let configuration = run.evaluation
      let surroundings = configuration.map { "\($0.engine), \($0.precision)" }
      let own = results.evaluations.filter { $0.runID == run.id }
      // What others computed of a run's cells took it no time.
      let isAlone =
        configuration?.shard == nil && own.allSatisfy { $0.startedAt >= run.startedAt }
      throughput.add(
        run, predictions: try store.predictionCount(run: run.id), isAlone: isAlone,
        surroundings: [own.first.map { "\($0.threads) threads" }, surroundings].compactMap { $0 }
          .joined(separator: ", "))
    }
    return throughput.section
  }
}
