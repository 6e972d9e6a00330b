import Datasets
import Evaluation
import Support
import Tracking

/// Top-1 class by class: all of them in the table for programs, those that networks do worst for people.
struct ClassResultsSection: ExperimentSection {
  static let name = "classes"

  /// Classes of each row of the experiment's table on the page.
  private static let listed = 5

  private let source: ReportSource
  private var notes: [String] = []
  private var report: ReportTable

  init(_ source: ReportSource) {
    self.source = source
    let conditions = source.experiment.conditions
    report = ReportTable(
      name: "classes", caption: "The classes with the lowest top-1.",
      table: Table(
        columns: ["", "class", "images"] + conditions.map { "\($0.rawValue) %" }
          + ["most taken for"],
        alignments: [.left, .left, .right] + conditions.map { _ in .right } + [.left]),
      data: DataTable(columns: [
        "model", "dataset", "corrector", "condition", "class_index", "class", "images", "draws",
        "correct", "in_top5", "top1", "lower", "upper", "mistake_index", "mistake",
        "mistake_draws",
      ]))
  }

  mutating func add(_ predicted: PredictedRow) {
    do {
      try append(predicted)
    } catch {
      let row = source.labels.text(predicted.row)
      notes.append("No classes of \(row): \(EvaluatedCorrector.line(error)).")
    }
  }

  private mutating func append(_ predicted: PredictedRow) throws {
    let row = predicted.row
    guard let cell = predicted.outcomes.lazy.compactMap({ row.result($0.condition) }).first else {
      return
    }
    let list = try source.store.classes(of: cell.evaluation)
    let all = predicted.outcomes.map { ($0.condition, ClassTop1.all($0.outcomes)) }
    for (condition, classes) in all {
      for known in classes { try append(known, condition, row, list) }
    }
    // One class is no list of the worst, and the lowest of a few draws are so by chance.
    guard let (_, last) = all.last(where: { $0.0 != .canonical }) ?? all.last, last.count > 1 else {
      return
    }
    let counted = last.filter { $0.top1.total >= ClassChange.fewestDraws }
    let worst = counted.sorted { Self.order($0) < Self.order($1) }.prefix(Self.listed)
    for known in worst {
      let name = try CellWords.name(ofClass: known.label, in: list)
      let shares = source.experiment.conditions.map { condition in
        let same = all.first { $0.0 == condition }?.1.first { $0.label == known.label }
        return Numbers.share(same?.top1.proportion)
      }
      let mistake = try known.mistake.map { mistake in
        let name = try CellWords.name(ofClass: mistake.predicted, in: list)
        return "\(name) (\(Numbers.count(mistake.draws)) of \(Numbers.count(known.top1.total)))"
      }
      report.table.append(
        [source.labels.text(row), name, Numbers.count(known.top1.clusters)] + shares
          + [mistake ?? "–"])
    }
  }

  private static func order(_ known: ClassTop1) -> (Double, Int) {
    (known.top1.proportion ?? 0, known.label)
  }

  private mutating func append(
    _ known: ClassTop1, _ condition: Condition, _ row: ResultRow, _ list: ClassList
  ) throws {
    report.data.append(
      [
        .text(row.model), .text(row.dataset), .optional(row.corrector), .text(condition.rawValue),
        .integer(known.label), .text(try CellWords.name(ofClass: known.label, in: list)),
        .integer(known.top1.clusters), .integer(known.top1.total), .integer(known.top1.correct),
        .optional(known.inTop5),
      ] + JSONValue.percents(known.top1.proportion, known.top1.interval) + [
        .optional(known.mistake?.predicted),
        .optional(try known.mistake.map { try CellWords.name(ofClass: $0.predicted, in: list) }),
        .optional(known.mistake?.draws),
      ])
  }

  /// What the template sets.
  struct Values: Encodable {
    let notes: [String]
    let table: String?
    let ranked: String
  }

  func finished() -> PageSection<Values> {
    let shown = report.unlessEmpty
    let ranked = (source.experiment.conditions.last { $0 != .canonical } ?? .canonical).rawValue
    return PageSection(
      values: shown == nil && notes.isEmpty
        ? nil : Values(notes: notes, table: shown?.markdown, ranked: ranked),
      tables: report.data.rows.isEmpty ? [] : [report])
  }
}
