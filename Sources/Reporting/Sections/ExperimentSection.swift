import Evaluation
import Support
import Tracking

/// A section of an experiment's report. A new one is a file with a type of this kind, its text in
/// `experiment.mustache`, and a line in `ExperimentPage.sections`.
protocol ExperimentSection {
  /// What the template sets.
  associatedtype Values: Encodable

  /// Its name in the template.
  static var name: String { get }

  /// - Throws: `UserError` for a database that cannot be read.
  init(_ source: ReportSource) throws

  /// Adds a row of the experiment's table with its predictions; nothing by default.
  mutating func add(_ predicted: PredictedRow)

  /// The section with all rows; without values when there is nothing to say.
  func finished() -> PageSection<Values>
}

extension ExperimentSection {
  mutating func add(_ predicted: PredictedRow) {}

  /// The section as a page of sections of many kinds takes it.
  ///
  /// - Throws: What encoding its values throws.
  func encoded() throws -> PageSection<JSONValue> {
    let section = finished()
    return PageSection(
      values: try section.values.map { try JSONValue(encoding: $0) }, files: section.files,
      tables: section.tables)
  }
}

/// What the sections of an experiment's report are made of.
struct ReportSource {
  let results: ExperimentResults
  let store: Store
  /// The page's name, with which those of its files begin.
  let stem: String
  /// Paths below it are written relative to it.
  let workingFolder: String
  let loadCorrector: EvaluatedCorrector.Loader

  var experiment: Experiment { results.experiment }
  var labels: RowLabel { RowLabel(results) }
}

/// A row of an experiment's table with every prediction of its cells.
struct PredictedRow {
  let row: ResultRow
  /// Of the conditions that have a cell, in the experiment's order.
  let outcomes: [(condition: Condition, outcomes: [DrawOutcome])]

  /// - Throws: `UserError` for a database that cannot be read.
  init(_ row: ResultRow, _ conditions: [Condition], store: Store) throws {
    self.row = row
    outcomes = try conditions.compactMap { condition in
      try row.result(condition).map {
        (condition, try store.outcomes(evaluation: $0.evaluation.id))
      }
    }
  }

  /// Those of a condition; `nil` where it has no cell.
  subscript(condition: Condition) -> [DrawOutcome]? {
    outcomes.first { $0.condition == condition }?.outcomes
  }
}
