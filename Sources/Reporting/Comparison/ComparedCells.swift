import Evaluation
import Support
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

  /// A cell with a remark, such as why it is not compared.
  struct Remark {
    let cell: EvaluationRecord
    let reason: String
    /// Whether it is compared nevertheless.
    var isCompared = false
  }

  let baseline: ComparedSubject
  let others: [ComparedSubject]
  /// By other subject, then in the order of the baseline's cells.
  let lines: [Line]
  private let pairings: [(other: ComparedSubject, pairing: CellPairing)]
  /// Pairs of which no draw was predicted in both, by the other's label.
  private let unpredicted: [(other: String, pair: CellPair)]

  /// - Throws: `UserError` when the database cannot be read.
  init(_ baseline: ComparedSubject, _ others: [ComparedSubject], store: Store) throws {
    self.baseline = baseline
    self.others = others
    pairings = try others.map { ($0, try CellPairing(baseline, $0, store: store)) }
    let found = try pairings.flatMap { other, pairing in
      try Self.lines(pairing).map { pair in
        (other: other, pair: pair, comparison: PairedComparison(try store.pairs(of: pair)))
      }
    }
    let known = found.filter { $0.comparison.draws > 0 }
    unpredicted = found.filter { $0.comparison.draws == 0 }.map { ($0.other.label, $0.pair) }
    lines = zip(known, Holm.adjusted(known.map(\.comparison.p))).map {
      Line(other: $0.other, pair: $0.pair, comparison: $0.comparison, adjusted: $1)
    }
  }

  /// Repetitions are shown only where nothing differs: elsewhere they would pass for a comparison.
  private static func lines(_ pairing: CellPairing) -> [CellPair] {
    pairing.pairs.isEmpty && pairing.obstacles.allSatisfy(\.isAbsence)
      ? pairing.repetitions : pairing.pairs
  }

  /// The lines of a subject.
  func lines(_ other: ComparedSubject) -> [Line] { lines.filter { $0.other.label == other.label } }

  /// Why cells of a subject and the baseline are not compared, in words, a line each.
  func reasons(_ other: ComparedSubject) -> [String] {
    let idle = [baseline, other].filter(\.cells.isEmpty).map { "\($0.label) was never evaluated" }
    guard idle.isEmpty else { return idle }
    return remarks(other).filter { !$0.isCompared }.map {
      "\(CellWords.cell($0.cell)): \($0.reason)"
    }
  }

  /// Whether both consist of exactly the same cells.
  func isSame(_ other: ComparedSubject) -> Bool {
    Set(baseline.cells.map(\.evaluation.id)) == Set(other.cells.map(\.evaluation.id))
  }

  var report: ReportTable {
    let isRepeated = lines.contains { $0.comparison.draws > 1 }
    let table = Table(
      columns: [
        "", "cell", "images", "\(baseline.label), top-1 %", "the other, top-1 %", "difference",
        "95 % interval",
      ]
        + (isRepeated
          ? ["draws fixed", "draws broken", "images better", "images worse"]
          : ["images fixed", "images broken"])
        + ["p", "p (Holm)"], labels: 3,
      rows: lines.map { line in
        let (comparison, difference) = (line.comparison, line.comparison.difference)
        let draws = [comparison.fixed, comparison.broken]
        let images = isRepeated ? [comparison.improvedItems, comparison.worsenedItems] : []
        let top1 = [
          line.other.label, CellWords.pair(line.pair), CellWords.setting(line.pair),
          Numbers.share(difference.before), Numbers.share(difference.after),
          Numbers.points(difference), Numbers.range(difference.interval),
        ]
        let probabilities = [comparison.p, line.adjusted].map(Numbers.probability)
        return top1 + (draws + images).map(Numbers.count) + probabilities
      })
    return ReportTable(
      name: "cells",
      caption: "Top-1 side by side on the same images and draws; each against \(baseline.label).",
      table: table, data: data)
  }

  private var data: DataTable {
    var table = DataTable(columns: [
      "baseline", "subject", "experiment", "dataset", "model", "condition", "other_model",
      "other_condition", "evaluation", "other_evaluation", "distortion", "seed", "images", "draws",
      "baseline_images", "baseline_draws", "other_images", "other_draws", "is_repetition",
      "pairs", "baseline_top1", "baseline_lower", "baseline_upper", "top1", "lower", "upper",
      "difference", "difference_lower", "difference_upper", "draws_fixed", "draws_broken",
      "images_better", "images_worse", "p", "p_holm",
    ])
    for line in lines {
      let (before, after) = (line.pair.before.evaluation, line.pair.after.evaluation)
      let comparison = line.comparison
      let difference = comparison.difference
      func top1(_ top1: ClusteredProportion) -> [JSONValue] {
        [.percent(top1.proportion), .percent(top1.interval.lower), .percent(top1.interval.upper)]
      }
      table.append(
        [
          .text(baseline.label), .text(line.other.label), .text(before.experiment),
          .text(before.dataset), .text(before.model), .text(before.condition.rawValue),
          .text(after.model),
          .text(after.condition.rawValue), .integer(Int(before.id)), .integer(Int(after.id)),
          .optional(before.distortion),
          .optional(before.seed.map { "\(UInt64(bitPattern: $0))" }),
          .integer(difference.before.clusters), .integer(line.pair.basis.draws),
          .integer(before.itemCount), .integer(before.draws), .integer(after.itemCount),
          .integer(after.draws), .integer(line.pair.isRepetition ? 1 : 0),
          .integer(difference.before.total),
        ] + top1(difference.before) + top1(difference.after) + [
          .percent(difference.difference), .percent(difference.interval.lower),
          .percent(difference.interval.upper),
          .integer(comparison.fixed), .integer(comparison.broken),
          .integer(comparison.improvedItems), .integer(comparison.worsenedItems),
          .number(comparison.p), .number(line.adjusted),
        ])
    }
    return table
  }

  /// Remarks on the cells of a subject.
  private func remarks(_ other: ComparedSubject) -> [Remark] {
    guard let pairing = pairings.first(where: { $0.other.label == other.label })?.pairing else {
      return []
    }
    let different = pairing.pairs.filter { !$0.otherDifferences.isEmpty }.map { pair in
      Remark(
        cell: pair.before.evaluation,
        reason: "compared, though not only the corrector differs: "
          + pair.otherDifferences.joined(separator: ", "), isCompared: true)
    }
    let shown = Self.lines(pairing)
    let repeated = pairing.repetitions.filter { !shown.contains($0) }
    return different
      + repeated.map { Remark(cell: $0.before.evaluation, reason: Self.repetition) }
      + pairing.shared.map {
        Remark(cell: $0, reason: "the same evaluation (\($0.id)) in both, which is no evidence")
      }
      + unpredicted.filter { $0.other == other.label }.map {
        Remark(cell: $0.pair.before.evaluation, reason: "no image was predicted in both")
      }
      + pairing.obstacles.map { Remark(cell: $0.cell, reason: "not comparable: \($0.reason)") }
  }

  private static let repetition =
    "differs only in the number of images or draws, which is no evidence"

  /// What is not compared, and why; what is the same; what else differs in a line.
  var remarks: ReportTable {
    let all = pairings.flatMap { other, _ in remarks(other).map { (other.label, $0) } }
    return ReportTable(
      name: "remarks", caption: "What is not compared, and why.",
      table: Table(
        columns: ["", "cell", "images", "why"], labels: 4,
        rows: all.map { other, remark in
          [other, CellWords.cell(remark.cell), CellWords.setting(remark.cell), remark.reason]
        }),
      data: DataTable(
        columns: [
          "subject", "evaluation", "experiment", "dataset", "model", "condition", "reason",
        ],
        rows: all.map { other, remark in
          let cell = remark.cell
          return [
            .text(other), .integer(Int(cell.id)), .text(cell.experiment), .text(cell.dataset),
            .text(cell.model), .text(cell.condition.rawValue), .text(remark.reason),
          ]
        }))
  }

  /// What the columns mean: a list.
  var reading: String {
    let isRepeated = lines.contains { $0.comparison.draws > 1 }
    var sentences = [
      "Top-1 in percent with its 95 % interval (Wilson"
        + (isRepeated ? ", clustered by image" : "") + ").",
      "Difference is the other minus \(baseline.label), in points, with its 95 % interval "
        + "(Newcombe's method 10 for paired images"
        + (isRepeated ? ", clustered by image)." : ")."),
      "Fixed: wrong in \(baseline.label) and right in the other; broken: vice versa."
        + (isRepeated
          ? " Better and worse count images with more, and with fewer, right draws." : ""),
      "p is the probability of a difference at least as large if the two did not differ: the share "
        + "of all image-by-image swaps of the two that give one (an exact permutation test; with "
        + "one draw per image it is McNemar's exact test).",
    ]
    if lines.count > 1 {
      sentences.append(
        "p (Holm) is p corrected for the \(lines.count) comparisons of the table, and is the one to "
          + "judge by; p (Holm) below 0.05 is conventionally called significant.")
    }
    return sentences.map { "- \($0)" }.joined(separator: "\n")
  }
}
