import Evaluation

/// Reliability diagrams: accuracy against confidence, a panel a condition.
public enum ReliabilityPlot {
  /// - Parameters:
  ///   - panels: name and calibration of each condition.
  ///   - title: e.g. the model's.
  public static func plot(
    _ panels: [(name: String, calibration: Calibration)], title: String
  ) -> Plot {
    let parts = panels.compactMap { name, calibration in
      error(calibration).map { "\(name) \($0)" }
    }
    return Plot(
      title: title,
      description: "Accuracy of the predictions against their confidence, both in percent, with 95 "
        + "% intervals. Expected calibration error: " + parts.joined(separator: ", ") + ".",
      panels: panels.map { name, calibration in
        PlotPanel(
          title: name, x: PlotAxis("confidence", unit: "%", range: 0...100),
          y: PlotAxis("accuracy", unit: "%", range: 0...100),
          series: [shares(calibration), accuracy(calibration, color: .of(condition: name))],
          guides: [.diagonal(name: "perfect calibration")],
          note: error(calibration).map { "ECE \($0)" } ?? "")
      }, columns: 3, intervals: "accuracy per bin, with its 95 % interval by image")
  }

  /// `12.3 % (5.1–20.2)`; with fewer digits where there is no interval.
  private static func error(_ calibration: Calibration) -> String? {
    calibration.expectedError.map { error in
      guard let interval = calibration.expectedErrorInterval else {
        return "about \(Numbers.fixed(100 * error, decimals: 0)) %"
      }
      let ends = [interval.lower, interval.upper].map { Numbers.fixed(100 * $0, decimals: 1) }
      return "\(Numbers.fixed(100 * error, decimals: 1)) % (\(ends.joined(separator: "–")))"
    }
  }

  private static func shares(_ calibration: Calibration) -> PlotSeries {
    let width = 100 / Double(Calibration.binCount)
    return PlotSeries(
      name: "share of the predictions", color: .grey, style: .bars,
      points: calibration.bins.map { bin in
        .init(
          x: (Double(bin.index) + 0.5) * width,
          y: 100 * Double(bin.accuracy.total) / Double(max(calibration.total, 1)),
          interval: Double(bin.index) * width...Double(bin.index + 1) * width)
      })
  }

  /// The panels name the conditions, so that the legend need not.
  private static func accuracy(_ calibration: Calibration, color: PlotColor) -> PlotSeries {
    PlotSeries(
      name: "", color: color, style: .marks,
      points: calibration.bins.compactMap { bin in
        bin.accuracy.proportion.map { proportion in
          .init(
            x: 100 * bin.confidence, y: 100 * proportion,
            interval: bin.accuracy.interval.percent)
        }
      })
  }
}
