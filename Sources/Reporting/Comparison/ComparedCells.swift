import Evaluation
import Tracking

/// The cells that a baseline and the others have in common, and those that cannot be compared.
struct ComparedCells {
  /// Two cells side by side.
  struct Line {
    let other: ComparedSubject
    let pair: CellPair
    let comparison: PairedComparison
    /// p after Holm's correction over all lines.
    let adjusted: Double
  }

  let baseline: ComparedSubject
  let others: [ComparedSubject]
  /// By other subject, then in the order of the baseline's cells.
  let lines: [Line]
  /// What is the same cell in both, and what has no counterpart; by the other's label.
  private let pairings: [(other: ComparedSubject, pairing: CellPairing)]

  /// - Throws: `UserError` when the database cannot be read.
  init(_ baseline: ComparedSubject, _ others: [ComparedSubject], store: Store) throws {
    self.baseline = baseline
    self.others = others
    pairings = others.map { ($0, CellPairing(baseline, $0)) }
    let found = try pairings.flatMap { other, pairing in
      try pairing.pairs.map { pair in
        (
          other, pair,
          PairedComparison(
            try store.pairs(pair.before.evaluation.id, pair.after.evaluation.id))
        )
      }
    }
    lines = zip(found, Holm.adjusted(found.map(\.2.p))).map {
      Line(other: $0.0, pair: $0.1, comparison: $0.2, adjusted: $1)
    }
  }

  /// How many cells a subject and the baseline both consist of.
  func shared(_ other: ComparedSubject) -> Int {
    pairings.first { $0.other.label == other.label }?.pairing.shared.count ?? 0
  }

  /// Whether a subject and the baseline have no cells that can be compared, nor the very same ones.
  func isEmpty(_ other: ComparedSubject) -> Bool {
    !lines.contains { $0.other.label == other.label } && shared(other) == 0
  }

  /// Why nothing of a subject can be compared, in words.
  func reason(_ other: ComparedSubject) -> String {
    let obstacles = pairings.first { $0.other.label == other.label }?.pairing.obstacles ?? []
    let both = obstacles.filter { !$0.reason.hasPrefix("only ") }
    if let first = both.first { return "\(CellWords.cell(first.cell)): \(first.reason)" }
    let without = [baseline, other].filter(\.cells.isEmpty).map(\.label)
    return without.isEmpty
      ? "they have no model, images and condition in common"
      : "\(without.joined(separator: " and ")) \(without.count == 1 ? "was" : "were") never evaluated"
  }

  var report: ReportTable {
    let isRepeated = lines.contains { $0.comparison.draws > 1 }
    var table = Table(
      columns: [
        "", "cell", "images", "\(baseline.label), top-1 %", "the other, top-1 %", "difference",
        "95 % interval",
      ]
        + (isRepeated
          ? ["draws fixed", "draws broken", "images better", "images worse"]
          : ["images fixed", "images broken"])
        + ["p", "p (Holm)"], labels: 3)
    for line in lines {
      let difference = line.comparison.difference
      let changes = [line.comparison.fixed, line.comparison.broken].map(Numbers.count)
      let images = [line.comparison.improvedItems, line.comparison.worsenedItems]
        .map(Numbers.count)
      table.append(
        [
          line.other.label, CellWords.pair(line.pair),
          CellWords.setting(line.pair.before.evaluation),
          Self.text(difference.before), Self.text(difference.after),
          difference.difference.map { Numbers.points(100 * $0) } ?? "–",
          Numbers.range(difference.interval),
        ] + changes + (isRepeated ? images : [])
          + [Numbers.probability(line.comparison.p), Numbers.probability(line.adjusted)])
    }
    return ReportTable(
      name: "cells",
      caption: "Top-1 side by side on the same images and draws; each against \(baseline.label).",
      table: table, data: data)
  }

  private var data: DataTable {
    var table = DataTable(columns: [
      "baseline", "subject", "experiment", "dataset", "model", "condition", "other_model",
      "other_condition", "evaluation", "other_evaluation", "distortion", "seed", "images", "draws",
      "pairs", "baseline_top1", "baseline_lower", "baseline_upper", "top1", "lower", "upper",
      "difference", "difference_lower", "difference_upper", "draws_fixed", "draws_broken",
      "images_better", "images_worse", "p", "p_holm",
    ])
    for line in lines {
      let (before, after) = (line.pair.before.evaluation, line.pair.after.evaluation)
      let comparison = line.comparison
      let difference = comparison.difference
      func top1(_ proportion: ClusteredProportion) -> [DataTable.Value] {
        [
          .optional(proportion.proportion.map { 100 * $0 }),
          .number(100 * proportion.interval.lower), .number(100 * proportion.interval.upper),
        ]
      }
      table.append(
        [
          .text(baseline.label), .text(line.other.label), .text(before.experiment),
          .text(before.dataset), .text(before.model), .text(before.condition), .text(after.model),
          .text(after.condition), .integer(Int(before.id)), .integer(Int(after.id)),
          .optional(before.distortion),
          .optional(before.seed.map { "\(UInt64(bitPattern: $0))" }),
          .integer(difference.before.clusters), .integer(before.draws),
          .integer(difference.before.total),
        ] + top1(difference.before) + top1(difference.after) + [
          .optional(difference.difference.map { 100 * $0 }),
          .number(100 * difference.interval.lower), .number(100 * difference.interval.upper),
          .integer(comparison.fixed), .integer(comparison.broken),
          .integer(comparison.improvedItems), .integer(comparison.worsenedItems),
          .number(comparison.p), .number(line.adjusted),
        ])
    }
    return table
  }

  /// What stands side by side nowhere, and why; what is the same; what else differs in a line.
  var remarks: ReportTable {
    var table = Table(columns: ["", "cell", "images", "why"], labels: 4)
    var data = DataTable(columns: [
      "subject", "evaluation", "experiment", "dataset", "model", "condition", "reason",
    ])
    func add(_ other: ComparedSubject, _ cell: EvaluationRecord, _ reason: String) {
      table.append([other.label, CellWords.cell(cell), CellWords.setting(cell), reason])
      data.append([
        .text(other.label), .integer(Int(cell.id)), .text(cell.experiment), .text(cell.dataset),
        .text(cell.model), .text(cell.condition), .text(reason),
      ])
    }
    for (other, pairing) in pairings {
      for pair in pairing.pairs where !pair.otherDifferences.isEmpty {
        let list = pair.otherDifferences.joined(separator: ", ")
        add(
          other, pair.before.evaluation, "compared, though not only the corrector differs: \(list)")
      }
      for cell in pairing.shared { add(other, cell, "the very same cell in both") }
      for obstacle in pairing.obstacles {
        add(other, obstacle.cell, "not comparable: \(obstacle.reason)")
      }
    }
    return ReportTable(
      name: "remarks", caption: "What is not compared, and why.", table: table, data: data)
  }

  private static func text(_ proportion: ClusteredProportion) -> String {
    proportion.proportion.map {
      "\(Numbers.percent(100 * $0)) (\(Numbers.interval(proportion.interval)))"
    } ?? "–"
  }

  /// What the columns mean: a list.
  var reading: String {
    let isRepeated = lines.contains { $0.comparison.draws > 1 }
    var sentences = [
      "Top-1 in percent with its 95 % interval (Wilson"
        + (isRepeated ? ", clustered by image" : "") + ").",
      "Difference is the other minus \(baseline.label), in points, with its 95 % interval "
        + "(Newcombe's method 10 for the same images seen twice"
        + (isRepeated ? ", clustered by image)." : ")."),
      "Fixed: wrong in \(baseline.label) and right in the other; broken: the other way round."
        + (isRepeated
          ? " Better and worse count images with more, and with fewer, right draws." : ""),
      "p says how often a difference as large would come about if it made no difference which of "
        + "the two one takes: the share, among all ways to swap them image by image, of those with "
        + "a difference as large (an exact permutation test; with one draw an image it is McNemar's "
        + "exact test).",
    ]
    if lines.count > 1 {
      sentences.append(
        "p (Holm) is p corrected for the \(lines.count) comparisons of the table, and is the one to "
          + "judge by; below 0.05 is usually called a difference.")
    }
    return sentences.map { "- \($0)" }.joined(separator: "\n")
  }
}
