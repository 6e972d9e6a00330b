/// A curve in one line of text.
public enum Sparkline {
  private static let bars = Array("▁▂▃▄▅▆▇█")

  /// Bars from the lowest to the highest finite value; neighbours are averaged where there are more
  /// than `width`. A place without any finite value is a space.
  public static func text(_ values: [Double], width: Int = 24) -> String {
    let columns = min(max(width, 1), values.count)
    let means = (0..<columns).map { column -> Double? in
      let range = column * values.count / columns..<(column + 1) * values.count / columns
      let finite = values[range].filter(\.isFinite)
      return finite.isEmpty ? nil : finite.reduce(0, +) / Double(finite.count)
    }
    guard let low = means.compactMap(\.self).min(), let high = means.compactMap(\.self).max() else {
      return ""
    }
    let bars = means.map { mean -> Character in
      guard let mean else { return " " }
      guard high > low else { return Self.bars[Self.bars.count / 2] }
      // Halved first: the difference of two huge numbers need not be finite.
      let height = (mean / 2 - low / 2) / (high / 2 - low / 2) * Double(Self.bars.count)
      return Self.bars[min(Self.bars.count - 1, max(0, Int(height)))]
    }
    return String(bars)
  }
}
