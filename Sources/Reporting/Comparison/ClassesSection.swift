import Datasets
import Evaluation
import Support

/// The classes that gained and lost most.
struct ClassesSection {
  /// The most gains, and losses, of a comparison in the table.
  static let listed = 5

  private(set) var report: ReportTable

  init(_ baseline: ComparedSubject) {
    report = ReportTable(
      name: "classes",
      caption: "The classes that gained and lost most, of those with at least "
        + "\(ClassChange.fewestDraws) draws.",
      table: Table(
        columns: [
          "", "cell", "class", "images", "draws", "\(baseline.label) %", "the other %",
          "difference", "95 % interval",
        ], labels: 3),
      data: DataTable(columns: [
        "subject", "dataset", "model", "condition", "class", "class_index", "images", "draws",
        "baseline_top1", "top1", "difference", "lower", "upper", "draws_fixed", "draws_broken",
      ]))
  }

  /// Adds the classes of a comparison.
  ///
  /// - Throws: `UserError` for a class that the list does not have.
  mutating func add(
    _ line: ComparedCells.Line, _ images: [ImageChange], _ list: ClassList
  ) throws {
    let classes = ClassChange.all(images)
    let gains = ClassChange.most(classes, gained: true, count: Self.listed)
    let losses = ClassChange.most(classes, gained: false, count: Self.listed)
    for change in gains + losses.reversed() {
      report.table.append([
        line.other.label, CellWords.pair(line.pair),
        try CellWords.name(ofClass: change.label, in: list),
        Numbers.count(change.images), Numbers.count(change.draws),
        Numbers.share(change.difference.before.proportion),
        Numbers.share(change.difference.after.proportion),
        Numbers.points(change.points), change.interval.map(Numbers.range) ?? "–",
      ])
    }
    let cell = line.pair.before.evaluation
    for change in classes {
      report.data.append([
        .text(line.other.label), .text(cell.dataset), .text(cell.model),
        .text(cell.condition.rawValue),
        .text(try CellWords.name(ofClass: change.label, in: list)), .integer(change.label),
        .integer(change.images), .integer(change.draws),
        .percent(change.difference.before.proportion),
        .percent(change.difference.after.proportion), .number(change.points),
        .percent(change.interval?.lower), .percent(change.interval?.upper),
        .integer(change.fixed), .integer(change.broken),
      ])
    }
  }
}
