import Evaluation

/// The classes that gained and lost most.
struct ClassesSection {
  /// The most gains, and losses, of a comparison in the table.
  static let listed = 5

  private let baseline: ComparedSubject
  private var table: Table
  private var data = DataTable(columns: [
    "subject", "dataset", "model", "condition", "class", "class_index", "images", "draws",
    "baseline_top1", "top1", "difference", "lower", "upper", "draws_fixed", "draws_broken",
  ])

  init(_ baseline: ComparedSubject) {
    self.baseline = baseline
    table = Table(
      columns: [
        "", "cell", "class", "images", "draws", "\(baseline.label) %", "the other %", "difference",
        "95 % interval",
      ], labels: 3)
  }

  /// Adds the classes of a comparison.
  ///
  /// - Throws: `UserError` for a class that ImageNet does not have.
  mutating func add(_ line: ComparedCells.Line, _ images: [ImageChange]) throws {
    let classes = ClassChange.all(images)
    let gains = ClassChange.most(classes, gained: true, count: Self.listed)
    let losses = ClassChange.most(classes, gained: false, count: Self.listed)
    for change in gains + losses.reversed() {
      table.append([
        line.other.label, CellWords.pair(line.pair), try CellWords.name(ofClass: change.label),
        Numbers.count(change.images), Numbers.count(change.draws),
        change.difference.before.proportion.map { Numbers.percent(100 * $0) } ?? "–",
        change.difference.after.proportion.map { Numbers.percent(100 * $0) } ?? "–",
        Numbers.points(change.points), change.interval.map(Numbers.range) ?? "–",
      ])
    }
    let cell = line.pair.before.evaluation
    for change in classes {
      data.append([
        .text(line.other.label), .text(cell.dataset), .text(cell.model),
        .text(cell.condition.rawValue),
        .text(try CellWords.name(ofClass: change.label)), .integer(change.label),
        .integer(change.images), .integer(change.draws),
        .optional(change.difference.before.proportion.map { 100 * $0 }),
        .optional(change.difference.after.proportion.map { 100 * $0 }), .number(change.points),
        .optional(change.interval.map { 100 * $0.lower }),
        .optional(change.interval.map { 100 * $0.upper }), .integer(change.fixed),
        .integer(change.broken),
      ])
    }
  }

  var report: ReportTable {
    ReportTable(
      name: "classes",
      caption: "The classes that gained and lost most, of those with at least "
        + "\(ClassChange.fewestDraws) draws.", table: table, data: data)
  }
}
