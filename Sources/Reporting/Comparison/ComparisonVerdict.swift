import Evaluation
import Support
import Tracking

/// Which of two is better, by how much and how significantly, in a sentence or two.
struct ComparisonVerdict {
  /// The outcome of a comparison; `better` and `worse` are the second subject's.
  enum Outcome: String {
    case better, worse
    /// Significantly better in some comparisons and worse in others.
    case mixed
    /// The data do not show which is better.
    case undecided
    /// Every draw is right or wrong in both.
    case equal
    /// They differ only in their numbers of images and draws.
    case repetition
    /// No two evaluations differ and cover the same images and draws.
    case notComparable = "not_comparable"
  }

  let baseline: ComparedSubject
  let other: ComparedSubject
  /// The comparisons of these two.
  let lines: [ComparedCells.Line]
  /// Why other cells are not compared, a line each.
  var reasons: [String] = []
  /// Whether both consist of exactly the same cells.
  var isSame = false
  /// Errors on held-out photos, where both were trained here.
  var heldOut: HeldOut?

  /// The last mean squared errors on held-out photos; not finite where the training diverged.
  struct HeldOut: Equatable {
    let before: Double
    let after: Double
    /// Whether both were measured on the same photos and distortions.
    let isSame: Bool
  }

  /// The significance level: p (Holm) below it is called significant.
  static let level = 0.05

  private var names: (a: String, b: String) { (baseline.label, other.label) }
  private var better: [ComparedCells.Line] {
    lines.filter { $0.adjusted < Self.level && points($0) > 0 }
  }
  private var worse: [ComparedCells.Line] {
    lines.filter { $0.adjusted < Self.level && points($0) < 0 }
  }
  private var changed: [ComparedCells.Line] {
    lines.filter { $0.comparison.fixed + $0.comparison.broken > 0 }
  }
  private var draws: Int { lines.reduce(0) { $0 + $1.comparison.difference.after.total } }

  var outcome: Outcome {
    if lines.isEmpty { return .notComparable }
    if lines.allSatisfy(\.pair.isRepetition) { return .repetition }
    if changed.isEmpty { return .equal }
    return switch (better.isEmpty, worse.isEmpty) {
    case (true, true): .undecided
    case (false, true): .better
    case (true, false): .worse
    case (false, false): .mixed
    }
  }

  var sentence: String {
    let (a, b) = names
    switch outcome {
    case .notComparable: return incomparable
    case .repetition: return repeated
    case .equal:
      return
        "\(a) and \(b) perform equally: every draw that one gets right, the other gets right, too"
        + " (\(Numbers.draws(draws)))."
    case .better, .worse, .undecided, .mixed: break
    }
    if lines.count == 1 { return single(lines[0]) }
    let count = lines.count
    switch outcome {
    case .better: return clear(b, than: a, better)
    case .worse: return clear(a, than: b, worse)
    case .mixed:
      return
        "Neither is better throughout: \(b) is better than \(a) in \(better.count) of \(count) "
        + "comparisons (\(span(better))) and worse in \(worse.count) (\(span(worse))), all "
        + "statistically significant (p (Holm) < 0.05)."
    default:
      return
        "The data do not show which is better, \(a) or \(b): in none of \(count) comparisons is "
        + "the difference (\(span(lines))) statistically significant (all p (Holm) ≥ 0.05)."
    }
  }

  /// Notes on the sentence, a line each: what it is based on where either has more, or why there is
  /// nothing to compare.
  var notes: [String] {
    outcome == .notComparable
      ? reasons : lines.compactMap { CellWords.basis($0.pair, baseline.label, other.label) }
  }

  private func points(_ line: ComparedCells.Line) -> Double {
    100 * (line.comparison.difference.difference ?? 0)
  }

  /// `by +1.20 to +3.40 points`.
  private func span(_ lines: [ComparedCells.Line]) -> String {
    let all = lines.map(points)
    guard let least = all.min(), let most = all.max() else { return "" }
    let ends = [Numbers.points(least), Numbers.points(most)]
    return (ends[0] == ends[1] ? ends[0] : ends.joined(separator: " to ")) + " points"
  }

  private func clear(
    _ winner: String, than loser: String, _ lines: [ComparedCells.Line]
  ) -> String {
    let rest = self.lines.count - lines.count
    let tail =
      rest == 0
      ? "." : "; in the other \(rest == 1 ? "one" : "\(rest)") the difference is not significant."
    return
      "\(winner) is better than \(loser): in \(lines.count) of \(self.lines.count) comparisons "
      + "top-1 of \(other.label) minus \(baseline.label) is \(span(lines)), statistically significant "
      + "(p (Holm) < 0.05)\(tail)"
  }

  private func single(_ line: ComparedCells.Line) -> String {
    let (a, b) = names
    let difference = line.comparison.difference
    let from = Numbers.percent(100 * (difference.before.proportion ?? 0))
    let to = Numbers.percent(100 * (difference.after.proportion ?? 0))
    let p = line.adjusted < 0.001 ? "p < 0.001" : "p = \(Numbers.probability(line.adjusted))"
    let facts =
      "top-1 is \(to) % with \(b) and \(from) % with \(a), \(Numbers.points(points(line))) points "
      + "(95 % interval \(Numbers.range(difference.interval)); \(p), by image)"
    let cell = CellWords.pair(line.pair)
    guard line.adjusted < Self.level else {
      return "The data do not show which is better, \(a) or \(b): on \(cell), \(facts)."
    }
    let (winner, loser) = points(line) > 0 ? (b, a) : (a, b)
    return "\(winner) is better than \(loser): on \(cell), \(facts)."
  }

  private var repeated: String {
    let (a, b) = names
    let changes = lines.reduce(0) { $0 + $1.comparison.fixed + $1.comparison.broken }
    let seen =
      changes == 0
      ? "on what both have (\(Numbers.draws(draws))) both are right on the same draws"
      : "on what both have (\(Numbers.draws(draws))) \(Numbers.draws(changes)) came out differently, "
        + "which should not happen"
    return
      "\(a) and \(b) differ only in the number of images or draws, which says nothing about which "
      + "is better: \(seen)."
  }

  private var incomparable: String {
    let (a, b) = names
    if isSame, !other.cells.isEmpty {
      return "\(a) and \(b) consist of the same evaluations: there is nothing to compare."
    }
    guard let heldOut else {
      return
        "\(a) and \(b) cannot be compared: no two of their evaluations differ and cover the same "
        + "images and draws."
    }
    let start = "No two evaluations of \(a) and \(b) differ and cover the same images and draws"
    let ends =
      "the last mean squared error on held-out photos is \(Numbers.metric(heldOut.after)) for \(b) "
      + "and \(Numbers.metric(heldOut.before)) for \(a)"
    guard heldOut.before.isFinite, heldOut.after.isFinite else { return "\(start); \(ends)." }
    guard heldOut.isSame else {
      return "\(start); \(ends), but not on the same photos, so the data do not show which is "
        + "better."
    }
    guard heldOut.before != heldOut.after else {
      return "\(start); \(ends): there is no difference."
    }
    let winner = heldOut.after < heldOut.before ? b : a
    return
      "\(start); \(ends), which favours \(winner), but only an evaluation of both can show whether "
      + "the difference is significant."
  }
}

extension ComparisonVerdict {
  /// For programs: the outcome, the cells it is based on, and why others do not count.
  var json: JSONValue {
    .object([
      "baseline": .text(baseline.label), "subject": .text(other.label),
      "comparable": .flag(outcome != .notComparable), "outcome": .text(outcome.rawValue),
      "sentence": .text(Self.plain(sentence)), "basis": .list(lines.map(Self.basis)),
      "reasons": .list(reasons.map { .text($0) }),
    ])
  }

  /// The evaluations that a line is about, and how much of them.
  static func basis(_ line: ComparedCells.Line) -> JSONValue {
    let (before, after) = (line.pair.before.evaluation, line.pair.after.evaluation)
    return .object([
      "subject": .text(line.other.label), "evaluation": .integer(Int(before.id)),
      "other_evaluation": .integer(Int(after.id)),
      "dataset": .text(before.dataset), "model": .text(before.model),
      "condition": .text(before.condition.rawValue), "other_model": .text(after.model),
      "other_condition": .text(after.condition.rawValue),
      "images": .integer(line.comparison.difference.before.clusters),
      "draws": .integer(line.pair.basis.draws),
      "pairs": .integer(line.comparison.difference.before.total),
      "partial": .flag(line.pair.isPartial), "repetition": .flag(line.pair.isRepetition),
    ])
  }

  /// With the minus sign that programs know.
  static func plain(_ sentence: String) -> String { sentence.replacing("−", with: "-") }
}
