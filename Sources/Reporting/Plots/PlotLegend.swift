/// What the colours and lines of a plot are called, in one or more lines above it.
struct PlotLegend {
  private enum Sample {
    case series(PlotColor, PlotSeries.Style)
    case guide
    /// The intervals of lines, or of marks and single values.
    case band, errorBar
    /// Nothing but the text.
    case text
  }

  private struct Entry {
    let name: String
    let sample: Sample
    var width: Double { textStart + PlotStyle.width(name) + 18 }
    var textStart: Double { if case .text = sample { 0 } else { 30 } }
  }

  private let lines: [[Entry]]

  /// - Parameters:
  ///   - width: at which a line ends.
  ///   - named: series that are named elsewhere.
  ///   - numbersPhases: whether phases stand there as numbers.
  init(_ plot: Plot, width: Double, without named: [PlotSeries], numbersPhases: Bool) {
    var entries: [Entry] = []
    func add(_ name: String, _ sample: Sample) {
      let name = PlotStyle.fitted(name, width: width - 48)
      guard !name.isEmpty, !entries.contains(where: { $0.name == name }) else { return }
      entries.append(Entry(name: name, sample: sample))
    }
    for series in plot.panels.flatMap(\.series)
    where !named.contains(where: { $0.name == series.name }) && !series.points.isEmpty {
      add(series.name, .series(series.color, series.style))
    }
    for guide in plot.panels.flatMap(\.guides) {
      switch guide {
      case .horizontal(_, let name), .diagonal(let name): add(name, .guide)
      }
    }
    entries += Self.intervals(plot)
    if numbersPhases {
      for panel in plot.panels {
        for (index, phase) in panel.phases.enumerated() {
          let ends = "\(Self.end(phase.range.lowerBound)) to \(Self.end(phase.range.upperBound))"
          add("\(index + 1): \(phase.name) (\(panel.x.title) \(ends))", .text)
        }
      }
    }
    var lines: [[Entry]] = []
    var room = 0.0
    for entry in entries {
      if room < entry.width || lines.isEmpty {
        lines.append([])
        room = width
      }
      lines[lines.count - 1].append(entry)
      room -= entry.width
    }
    self.lines = lines
  }

  /// What bands and error bars are, where there are any.
  private static func intervals(_ plot: Plot) -> [Entry] {
    let series = plot.panels.flatMap(\.series).filter { $0.style != .bars }
    func has(_ isWanted: (PlotSeries, Int) -> Bool) -> Bool {
      series.contains { series in
        let count = series.points.count { $0.interval != nil && $0.y.isFinite }
        return count > 0 && isWanted(series, count)
      }
    }
    var entries: [Entry] = []
    if has({ $0.style != .marks && $1 > 1 }) {
      entries.append(Entry(name: plot.intervals, sample: .band))
    }
    if has({ $0.style == .marks || $1 == 1 }) {
      let name = entries.isEmpty ? plot.intervals : "\(plot.intervals) of a single value"
      entries.append(Entry(name: name, sample: .errorBar))
    }
    return entries
  }

  private static func end(_ value: Double) -> String {
    PlotNumbers.tick(value, step: 1, most: value)
  }

  /// In pixels.
  var height: Double { Double(lines.count) * PlotStyle.lineHeight }

  func draw(x: Double, y: Double, _ writer: inout SVGWriter) {
    for (row, line) in lines.enumerated() {
      let middle = y + Double(row) * PlotStyle.lineHeight + PlotStyle.lineHeight / 2
      var left = x
      for entry in line {
        switch entry.sample {
        case .text: break
        case .band:
          writer.rectangle("band f-grey", x: left, y: middle - 5, width: 24, height: 10)
        case .errorBar:
          writer.stroke(
            "error s-grey", from: (left + 12, middle - 6), to: (left + 12, middle + 6))
        case .guide:
          writer.stroke("guide", from: (left, middle), to: (left + 24, middle))
        case .series(let color, .bars):
          writer.rectangle(
            "bar f-\(color.rawValue)", x: left + 4, y: middle - 5, width: 16, height: 10)
        case .series(let color, let style):
          if style != .marks {
            writer.stroke(
              "line s-\(color.rawValue)", from: (left, middle), to: (left + 24, middle),
              dashes: color.dashes)
          }
          if style != .line { writer.mark(color, x: left + 12, y: middle) }
        }
        writer.text(entry.name, x: left + entry.textStart, y: middle + 4)
        left += entry.width
      }
    }
  }
}
