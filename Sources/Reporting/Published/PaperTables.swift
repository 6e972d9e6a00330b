import Evaluation
import Foundation
import Tracking

/// The tables about one published table: its numbers with their intervals, the significance of its
/// improvements, and the counts behind the printed percentages.
struct PaperTables {
  /// An improvement with the p of each way to test it, corrected over the table.
  struct Improvement {
    let label: String
    let printed: Double
    let decimals: Int
    let comparison: MarginComparison
    let unpaired: Double
    let favourable: Double
    let unfavourable: Double

    /// Whether it is statistically significant, at 5 % after Holm's correction.
    var verdict: String {
      if unfavourable < 0.05 { return "yes, under any pairing" }
      return favourable < 0.05 ? "only if few images broke" : "no, under any pairing"
    }
  }

  let experiment: Experiment

  private var rows: [Experiment.PublishedRow] { experiment.published?.rows ?? [] }

  private func label(_ row: Experiment.PublishedRow) -> String {
    ModelNames.title(row.model) + (experiment.datasets.count > 1 ? ", \(row.dataset)" : "")
  }

  private func proportion(
    _ row: Experiment.PublishedRow, _ condition: Condition
  ) -> PublishedProportion? {
    experiment.publishedProportion(
      model: row.model, dataset: row.dataset, condition: condition)
  }

  /// The experiment's name, and what was published of it.
  var title: String {
    ExperimentData.title(
      experiment.title,
      models: experiment.models.filter { model in rows.contains { $0.model == model } },
      sets: experiment.datasets.map { set in
        (set.name, experiment.published?.images?[set.name].map(Numbers.count))
      }, conditions: experiment.conditions)
  }

  /// Every number with its interval.
  var numbers: Table {
    Table(
      columns: ["top-1 %", "images"] + experiment.conditions.map(\.rawValue),
      rows: rows.map { row in
        let proportions = experiment.conditions.map { proportion(row, $0) }
        return [
          label(row), proportions.lazy.compactMap { $0?.size }.first.map(Numbers.count) ?? "–",
        ]
          + proportions.map { proportion in
            guard let proportion else { return "–" }
            return "\(Numbers.printed(proportion)) (\(Numbers.interval(proportion.interval)))"
          }
      })
  }

  /// The improvements, in the order of the rows.
  var improvements: [Improvement] {
    let known = rows.compactMap { row -> (Experiment.PublishedRow, MarginComparison)? in
      guard let before = proportion(row, experiment.uncorrected),
        let after = proportion(row, .corrected)
      else { return nil }
      return (row, MarginComparison(before: before, after: after))
    }
    let unpaired = Holm.adjusted(known.map(\.1.unpairedP))
    let favourable = Holm.adjusted(known.map(\.1.favourable.p))
    let unfavourable = Holm.adjusted(known.map(\.1.unfavourable.p))
    return known.indices.map { index in
      let (row, comparison) = known[index]
      return Improvement(
        label: label(row), printed: comparison.after.percent - comparison.before.percent,
        decimals: comparison.after.decimals, comparison: comparison, unpaired: unpaired[index],
        favourable: favourable[index], unfavourable: unfavourable[index])
    }
  }

  /// The significance of each improvement.
  var judged: Table {
    Table(
      columns: [
        "improvement", "points", "unpaired 95 % interval", "p unpaired", "(Holm)", "p at best",
        "(Holm)", "p at worst", "(Holm)", "significant?",
      ],
      rows: improvements.map { improvement in
        let comparison = improvement.comparison
        let probabilities = [
          comparison.unpairedP, improvement.unpaired, comparison.favourable.p,
          improvement.favourable, comparison.unfavourable.p, improvement.unfavourable,
        ]
        return [
          improvement.label,
          Numbers.points(improvement.printed, decimals: improvement.decimals),
          Numbers.range(comparison.interval),
        ] + probabilities.map(Numbers.probability) + [improvement.verdict]
      })
  }

  /// How many images changed, at least and at most, and how many it would take.
  var sizes: Table {
    Table(
      columns: [
        "improvement", "images", "fixed, at least", "at most", "broken, at most",
        "broken, at most for p < 0.05", "images for 80 % power, none broken", "if independent",
      ],
      rows: improvements.map { improvement in
        let comparison = improvement.comparison
        return [
          improvement.label, Numbers.count(comparison.before.size),
          Numbers.count(comparison.favourable.fixed),
          Numbers.count(comparison.unfavourable.fixed),
          Numbers.count(comparison.unfavourable.broken),
          comparison.loosest(below: 0.05).map { Numbers.count($0.broken) } ?? "none suffices",
          comparison.fewestImages.map(Numbers.count) ?? "–",
          comparison.independentImages.map(Numbers.count) ?? "–",
        ]
      })
  }

  /// The printed percentages as counts, and whether there is such a count.
  var counts: Table {
    var table = Table(
      columns: ["number", "", "printed %", "images", "count", "possible"], labels: 2)
    for row in rows {
      for condition in experiment.conditions {
        guard let proportion = proportion(row, condition) else { continue }
        let count = proportion.counts.map {
          $0.count == 1
            ? Numbers.count($0.lowerBound)
            : "\(Numbers.count($0.lowerBound)) to \(Numbers.count($0.upperBound))"
        }
        table.append([
          label(row), condition.rawValue, Numbers.printed(proportion),
          Numbers.count(proportion.size), count ?? "nearest \(Numbers.count(proportion.nearest))",
          count == nil ? "**no**" : "yes",
        ])
      }
    }
    return table
  }

  /// The table in a sentence or two.
  var summary: String {
    let improvements = improvements
    func count(_ condition: (Improvement) -> Bool) -> Int { improvements.count(where: condition) }
    let certain = count { $0.unfavourable < 0.05 }
    let none = count { $0.favourable >= 0.05 }
    let impossible = rows.flatMap { row in
      experiment.conditions.compactMap { proportion(row, $0) }.filter { $0.counts == nil }
    }
    var sentences = [
      """
      Statistically significant (5 % level, after Holm's correction over the table): \(certain) of \
      \(improvements.count) improvements under any pairing of the images, \
      \(improvements.count - certain - none) only if the correction broke few images, and \(none) \
      under no pairing.
      """,
      "By an unpaired test of the totals alone: \(count { $0.unpaired < 0.05 }).",
    ]
    sentences.append(
      impossible.isEmpty
        ? "Every printed percentage corresponds to a whole number of images."
        : "\(impossible.count) of the printed percentages "
          + "\(impossible.count == 1 ? "corresponds" : "correspond") to no whole number of images.")
    return sentences.joined(separator: " ")
  }
}
