import Evaluation

/// Top-1 against the strength of each part of the distortion, as a plot of small panels.
public enum StrengthPlot {
  /// - Parameters:
  ///   - curves: of one model, dataset and corrector.
  ///   - title: e.g. the model's.
  ///   - canonical: top-1 on the canonical images, 0…1, to compare with.
  public static func plot(_ curves: [StrengthCurve], title: String, canonical: Double?) -> Plot {
    let intervals = curves.flatMap(\.bins).flatMap { bin in
      [bin.distorted.interval] + (bin.corrected.map { [$0.interval] } ?? [])
    }
    let lower = 100 * (intervals.map(\.lower) + [canonical].compactMap { $0 }).reduce(1, min)
    let upper = 100 * (intervals.map(\.upper) + [canonical].compactMap { $0 }).reduce(0, max)
    // The panels share one range, so that they can be compared.
    let range = intervals.isEmpty ? 0...100 : lower...max(upper, lower)
    return Plot(
      title: title, description: description(curves),
      panels: curves.map { curve in
        let isCorrected = curve.bins.contains { $0.corrected != nil }
        return PlotPanel(
          title: "", x: PlotAxis(curve.strength.symbol, unit: curve.strength.unit),
          y: PlotAxis("top-1", unit: "%", range: range),
          series: [series("distorted", curve.bins) { $0.distorted }]
            + (isCorrected ? [series("corrected", curve.bins) { $0.corrected }] : []),
          guides: canonical.map { [.horizontal(100 * $0, name: "canonical")] } ?? [])
      }, columns: 4, intervals: "95 % interval, by image")
  }

  private static func series(
    _ name: String, _ bins: [StrengthCurve.Bin],
    _ value: (StrengthCurve.Bin) -> ClusteredProportion?
  ) -> PlotSeries {
    PlotSeries(
      name: name, color: .of(condition: name), style: .markedLine,
      points: bins.compactMap { bin in
        guard let found = value(bin), let proportion = found.proportion else { return nil }
        return .init(x: bin.mean, y: 100 * proportion, interval: found.interval.percent)
      })
  }

  private static func description(_ curves: [StrengthCurve]) -> String {
    let parts = curves.compactMap { curve -> String? in
      guard let first = curve.bins.first?.distorted.proportion,
        let last = curve.bins.last?.distorted.proportion
      else { return nil }
      return "\(curve.strength.rawValue): distorted from \(Numbers.percent(100 * first)) "
        + "to \(Numbers.percent(100 * last)) %"
    }
    return
      "Top-1 accuracy in percent, with 95 % intervals, against the strength of the distortion, "
      + "from its lowest to its highest bin. " + parts.joined(separator: "; ") + "."
  }
}
