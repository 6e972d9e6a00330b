import Evaluation
import Tracking

/// Which of two is better, by how much and how sure that is, in a sentence or two.
struct ComparisonVerdict {
  let baseline: ComparedSubject
  let other: ComparedSubject
  /// The comparisons of these two.
  let lines: [ComparedCells.Line]
  /// How many cells are the very same in both.
  var shared = 0
  /// Errors on held-out photos, where both were trained here.
  var heldOut: HeldOut?

  /// The last mean squared errors on held-out photos.
  struct HeldOut: Equatable {
    let before: Double
    let after: Double
    /// Whether both were measured on the same photos and distortions.
    let isSame: Bool
  }

  /// Below it p (Holm) is called a difference.
  static let level = 0.05

  private var names: (a: String, b: String) { (baseline.label, other.label) }

  var sentence: String {
    let (a, b) = names
    let changed = lines.filter { $0.comparison.fixed + $0.comparison.broken > 0 }
    guard !lines.isEmpty || shared == 0 else {
      return
        "\(a) and \(b) have \(shared == 1 ? "the same cell" : "the same \(shared) cells"): there is "
        + "no difference."
    }
    guard !lines.isEmpty else { return trained }
    guard !changed.isEmpty else {
      return
        "\(a) and \(b) do equally well: every draw that one has right, the other has right, too"
        + " (\(Numbers.count(lines.reduce(0) { $0 + $1.comparison.difference.after.total })) draws)."
    }
    let better = lines.filter { $0.adjusted < Self.level && points($0) > 0 }
    let worse = lines.filter { $0.adjusted < Self.level && points($0) < 0 }
    if lines.count == 1 { return single(lines[0]) }
    let count = lines.count
    switch (better.isEmpty, worse.isEmpty) {
    case (true, true):
      return "It cannot be told whether \(a) or \(b) is better: in none of \(count) comparisons is "
        + "the difference (\(span(lines))) beyond chance (all p (Holm) ≥ 0.05)."
    case (false, true): return clear(b, than: a, better)
    case (true, false): return clear(a, than: b, worse)
    case (false, false):
      return
        "Neither is better throughout: \(b) is better than \(a) in \(better.count) of \(count) "
        + "comparisons (\(span(better))) and worse in \(worse.count) (\(span(worse))), beyond chance "
        + "(p (Holm) < 0.05)."
    }
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
      ? "." : "; in the other \(rest == 1 ? "one" : "\(rest)") the difference may be chance."
    return
      "\(winner) is better than \(loser): in \(lines.count) of \(self.lines.count) comparisons "
      + "top-1 of \(other.label) minus \(baseline.label) is \(span(lines)), beyond chance (p (Holm) "
      + "< 0.05), and in none is it the other way round\(tail)"
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
      return "It cannot be told whether \(a) or \(b) is better: on \(cell), \(facts)."
    }
    let (winner, loser) = points(line) > 0 ? (b, a) : (a, b)
    return "\(winner) is better than \(loser): on \(cell), \(facts)."
  }

  private var trained: String {
    let (a, b) = names
    let start = "\(a) and \(b) were evaluated on no images in common"
    guard let heldOut else { return "\(start), so that it cannot be told which is better." }
    let ends =
      "the last mean squared error on held-out photos is \(MetricText.value(heldOut.after)) of \(b) "
      + "and \(MetricText.value(heldOut.before)) of \(a)"
    guard heldOut.isSame else {
      return "\(start); \(ends), but not of the same photos, so that it cannot be told which is "
        + "better."
    }
    guard heldOut.before != heldOut.after else {
      return "\(start); \(ends): there is no difference."
    }
    let winner = heldOut.after < heldOut.before ? b : a
    return "\(start); \(ends), which is for \(winner), but how sure that is only an evaluation of "
      + "both can tell."
  }
}
