import Evaluation
import Foundation
import Support
import Tracking

/// The full report of an experiment: its tables, pictures, plots and everything that is needed to
/// reproduce it. It depends on what is stored and on the files that were evaluated only: made twice,
/// it is the same.
public struct ExperimentPage {
  /// The sections, in the order of their files and tables; their order on the page is the template's.
  private static var sections: [any ExperimentSection.Type] {
    [
      ResultsSection.self, ClassResultsSection.self, ExamplesSection.self, RobustnessSection.self,
      StrataSection.self, CalibrationSection.self, TrainingRunsSection.self, ThroughputSection.self,
    ]
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
    let sections = try sections(stem)
    let provenance = Provenance(results: results, workingFolder: workingFolder)
    let appendix = Appendix(
      files: provenance.files, settings: provenance.settings,
      commands: [provenance.commands, command])
    let report = ExperimentReport(results)
    var values: [String: JSONValue] = [
      "title": .text(report.title), "name": .text(experiment.name),
      "uncorrected": .text(experiment.uncorrected.rawValue),
      "appendix": try JSONValue(encoding: appendix),
    ]
    values["description"] = report.description.map { .text($0) }
    for (name, section) in sections { values[name] = section.values }
    return ReportBundle(
      stem: stem, markdown: try templates.render(.experiment, values),
      files: sections.flatMap(\.section.files), tables: sections.flatMap(\.section.tables))
  }

  /// The sections by their names in the template. One row's predictions at a time are in memory.
  private func sections(
    _ stem: String
  ) throws -> [(name: String, section: PageSection<JSONValue>)] {
    let source = ReportSource(
      results: results, store: store, stem: stem, workingFolder: workingFolder,
      loadCorrector: loadCorrector)
    var sections: [any ExperimentSection] = try Self.sections.map { try $0.init(source) }
    for row in results.rows {
      let predicted = try PredictedRow(row, experiment.conditions, store: store)
      for index in sections.indices { sections[index].add(predicted) }
    }
    return try sections.map { (type(of: $0).name, try $0.encoded()) }
  }
}
