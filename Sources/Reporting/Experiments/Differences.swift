import Evaluation

/// What the corrections changed: each difference of a report's table with its interval and p, and
/// the p corrected for their number.
struct Differences {
  let results: ExperimentResults

  /// A row's comparison.
  struct Line {
    let row: ResultRow
    let comparison: PairedComparison
    /// p after Holm's correction over all lines.
    let adjusted: Double
  }

  var lines: [Line] {
    let compared = results.rows.compactMap { row in row.comparison.map { (row, $0) } }
    return zip(compared, Holm.adjusted(compared.map(\.1.p))).map {
      Line(row: $0.0, comparison: $0.1, adjusted: $1)
    }
  }

  /// A line for each row that has both sides; `nil` when none has.
  var table: Table? {
    let lines = lines
    guard !lines.isEmpty else { return nil }
    let isRepeated = lines.contains { $0.comparison.draws > 1 }
    let hasPublished = lines.contains { published($0.row) != nil }
    return Table(
      columns: [
        "corrected against \(results.experiment.uncorrected.rawValue)", "images", "improvement",
        "95 % interval",
      ]
        + (isRepeated
          ? ["images better", "images worse", "draws fixed", "draws broken"]
          : ["images fixed", "images broken"])
        + ["p", "p (Holm)"] + (hasPublished ? ["published share recovered"] : []),
      rows: lines.map { line in
        let (row, comparison) = (line.row, line.comparison)
        let images = [comparison.improvedItems, comparison.worsenedItems]
        let draws = isRepeated ? [comparison.fixed, comparison.broken] : []
        let recovered = published(row).map { "\(Int($0.rounded())) %" } ?? "–"
        let label = [
          RowLabel(results).text(row), Numbers.count(comparison.difference.after.clusters),
          Numbers.points(comparison.difference), Numbers.range(comparison.difference.interval),
        ]
        let probabilities = [comparison.p, line.adjusted].map(Numbers.probability)
        return label + (images + draws).map(Numbers.count) + probabilities
          + (hasPublished ? [recovered] : [])
      })
  }

  private func published(_ row: ResultRow) -> Double? {
    Recovery.percent(
      canonical: row.published[.canonical],
      distorted: row.published[results.experiment.uncorrected],
      corrected: row.published[.corrected])
  }

  /// The meaning of the columns, for readers who do not know the tests: a list.
  var reading: String {
    let lines = lines
    let isRepeated = lines.contains { $0.comparison.draws > 1 }
    var sentences = [
      "Improvement is corrected minus \(results.experiment.uncorrected.rawValue), in points, with "
        + "its 95 % interval (Newcombe's method 10 for paired images"
        + (isRepeated ? ", clustered by image" : "")
        + "): if the interval contains 0, the data are compatible with no effect of the corrector."
    ]
    if isRepeated {
      sentences.append(
        "Fixed: a draw that was wrong before and is right after the correction; broken: vice versa. "
          + "Better and worse count the images with more, and with fewer, right draws than before.")
      sentences.append(
        "p is the probability of a difference at least as large if the corrector had no effect. "
          + "Draws of one image are not independent, so whole images are permuted: p is the share "
          + "of all image-by-image swaps of before and after that give a difference as large (an "
          + "exact permutation test; with one draw per image it is McNemar's exact test).")
    } else {
      sentences.append(
        "Fixed: an image that was wrong before and is right after the correction; broken: vice "
          + "versa. p is the probability of counts at least as lopsided if the corrector had no "
          + "effect, so that each of these images was as likely to be fixed as broken (McNemar's "
          + "exact test).")
    }
    sentences.append(
      lines.count > 1
        ? "Among \(lines.count) comparisons a small p is more likely to arise by chance than in one: "
          + "p (Holm) is corrected for that, and is the one to judge by. p (Holm) below 0.05 is "
          + "conventionally called significant."
        : "p (Holm) is p corrected for the number of comparisons in the table, here one. p "
          + "below 0.05 is conventionally called significant.")
    return sentences.map { "- \($0)" }.joined(separator: "\n")
  }
}
