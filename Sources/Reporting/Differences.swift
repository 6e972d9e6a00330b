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
    var table = Table(
      columns: [
        "corrected against \(results.experiment.uncorrected.rawValue)", "images", "improvement",
        "95 % interval",
      ]
        + (isRepeated
          ? ["images better", "images worse", "draws fixed", "draws broken"]
          : ["images fixed", "images broken"])
        + ["p", "p (Holm)"] + (hasPublished ? ["published share recovered"] : []))
    for line in lines {
      let (row, comparison) = (line.row, line.comparison)
      let difference = comparison.difference
      var cells = [
        RowLabel(results).text(row), Numbers.count(difference.after.clusters),
        difference.difference.map { Numbers.points(100 * $0) } ?? "–",
        Numbers.range(difference.interval), Numbers.count(comparison.improvedItems),
        Numbers.count(comparison.worsenedItems),
      ]
      if isRepeated {
        cells += [Numbers.count(comparison.fixed), Numbers.count(comparison.broken)]
      }
      cells += [Numbers.probability(comparison.p), Numbers.probability(line.adjusted)]
      if hasPublished { cells.append(published(row).map { "\(Int($0.rounded())) %" } ?? "–") }
      table.append(cells)
    }
    return table
  }

  private func published(_ row: ResultRow) -> Double? {
    Recovery.percent(
      canonical: row.published[.canonical],
      distorted: row.published[results.experiment.uncorrected],
      corrected: row.published[.corrected])
  }

  /// What the columns mean, for readers who know none of the tests: a list.
  var reading: String {
    let lines = lines
    let isRepeated = lines.contains { $0.comparison.draws > 1 }
    var sentences = [
      "Improvement is corrected minus \(results.experiment.uncorrected.rawValue), in points, with "
        + "its 95 % interval (Newcombe's method 10 for the same images seen twice"
        + (isRepeated ? ", clustered by image" : "")
        + "): an interval that holds 0 means that the corrector may have done nothing."
    ]
    if isRepeated {
      sentences.append(
        "Fixed: a draw that was wrong before and is right after the correction; broken: the other "
          + "way round. Better and worse count the images with more, and with fewer, right draws "
          + "than before.")
      sentences.append(
        "p says how often a difference as large as this one would come about if the corrector did "
          + "nothing. Draws of one image are right or wrong together, so p takes each image as a "
          + "whole: it is the share, among all ways to swap before and after image by image, of "
          + "those with a difference as large (an exact permutation test; with one draw an image "
          + "it is McNemar's exact test).")
    } else {
      sentences.append(
        "Fixed: an image that was wrong before and is right after the correction; broken: the "
          + "other way round. p says how often counts as lopsided as these would come about if the "
          + "corrector did nothing and each of these images had fallen to either side by the toss "
          + "of a coin (McNemar's exact test).")
    }
    sentences.append(
      lines.count > 1
        ? "Among \(lines.count) comparisons a small p comes about by chance more easily than in "
          + "one: p (Holm) is corrected for that, and is the one to judge by. Below 0.05 is usually "
          + "called a difference."
        : "p (Holm) is p corrected for the number of comparisons in the table, here one. Below "
          + "0.05 is usually called a difference.")
    return sentences.map { "- \($0)" }.joined(separator: "\n")
  }
}
