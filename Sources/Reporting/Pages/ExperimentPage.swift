import Evaluation
import Foundation
import Tracking

/// The full report of an experiment: its tables, pictures, plots and everything that is needed to
/// repeat it. It depends on what is stored and on the files that were evaluated only: made twice,
/// it is the same.
public struct ExperimentPage {
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
    self.results = results
    self.store = store
    self.workingFolder = workingFolder
    self.loadCorrector = loadCorrector
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
    var sections: [(name: String, section: PageSection)] = [
      ("results", ResultsSection(results: results).section)
    ]
    sections += try predictionSections(stem)
    sections.append(("training", try training(stem)))
    sections.append(("throughput", try throughput()))
    let provenance = Provenance(results: results, workingFolder: workingFolder)
    sections.append(
      (
        "appendix",
        PageSection(values: [
          "files": provenance.files.markdown.trimmedLines,
          "settings": provenance.settings.markdown.trimmedLines,
          "commands": Markdown.block(
            (provenance.commands.isEmpty ? "" : provenance.commands + "\n") + command
          ).trimmedLines,
        ])
      ))
    var values: [String: Any] = [
      "title": ExperimentReport(results).title, "name": experiment.name,
      "uncorrected": experiment.uncorrected.rawValue,
    ]
    if !experiment.description.isEmpty { values["description"] = experiment.description }
    for (name, section) in sections where !section.values.isEmpty {
      values[name] = section.values
    }
    return ReportBundle(
      stem: stem, markdown: try templates.render(.experiment, values),
      files: sections.flatMap(\.section.files), tables: sections.flatMap(\.section.tables))
  }

  /// The sections that read every prediction: one row's at a time are in memory.
  private func predictionSections(_ stem: String) throws -> [(String, PageSection)] {
    var examples = ExamplesSection(stem: stem, experiment: experiment, load: loadCorrector)
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
      if let before = row.result(experiment.uncorrected)?.evaluation,
        let distorted = found(experiment.uncorrected), let replay = DrawReplay(before)
      {
        robustness.add(
          StrengthCurve.all(
            distorted: distorted, corrected: found(.corrected), replay: replay),
          row, label: name, canonical: row.result(.canonical)?.top1.proportion)
      }
      calibration.add(
        outcomes.compactMap { condition, outcomes in
          row.result(condition).map { ($0.evaluation.id, outcomes) }.map {
            (condition, $0.0, Calibration($0.1))
          }
        }, row, label: name, sharedLabel: label.withoutCorrector(row))
      // The pictures are the same for every model: the first one says what it saw in them.
      if row.model == experiment.models.first {
        examples.add(
          row, label: label.withoutModel(row), outcomes)
      }
    }
    return [
      ("examples", examples.finished()), ("robustness", robustness.finished()),
      ("calibration", calibration.finished()),
    ]
  }

  /// The training runs of the correctors, those that this database knows.
  private func training(_ stem: String) throws -> PageSection {
    var section = PageSection()
    var runs: [[String: Any]] = []
    var unknown: [String] = []
    var seen: Set<String> = []
    for row in results.rows {
      guard let evaluation = row.result(.corrected)?.evaluation,
        let digest = evaluation.correctorSHA256, seen.insert(digest).inserted
      else { continue }
      guard let id = try store.trainingRun(ofFile: digest) ?? evaluation.correctorRunID,
        let run = try store.run(id)
      else {
        unknown.append(evaluation.correctorPath ?? digest)
        continue
      }
      let training = try TrainingSection(run, store: store, stem: stem).section
      runs.append(training.values)
      section.files += training.files
      section.tables += training.tables
    }
    if !runs.isEmpty { section.values["runs"] = runs }
    if !unknown.isEmpty {
      section.values["notes"] = unknown.map {
        let path = Provenance.shown($0, workingFolder)
        return "The run that trained \(Markdown.code(path)) is not in this database."
      }
    }
    return section
  }

  private func throughput() throws -> PageSection {
    var throughput = ThroughputSection()
    for run in results.runs {
      let surroundings = RunConfiguration(json: run.configuration).map {
        "\($0.engine), \($0.precision)"
      }
      let threads = results.rows.lazy.flatMap { row in
        experiment.conditions.compactMap { row.result($0)?.evaluation }
      }.first { $0.runID == run.id }?.threads
      throughput.add(
        run, predictions: try store.predictionCount(run: run.id),
        surroundings: [threads.map { "\($0) threads" }, surroundings].compactMap { $0 }
          .joined(separator: ", "))
    }
    return throughput.section
  }
}
