/// What the colours and lines of a plot are called, in one or more lines above it.
struct PlotLegend {
  private enum Sample {
    case series(PlotColor, PlotSeries.Style)
    case guide
  }

  private struct Entry {
    let name: String
    let sample: Sample
    var width: Double { 30 + PlotStyle.width(name) + 18 }
  }

  private let lines: [[Entry]]

  /// - Parameters:
  ///   - width: at which a line ends.
  ///   - named: series that are named elsewhere.
  init(_ plot: Plot, width: Double, without named: [PlotSeries]) {
    var entries: [Entry] = []
    func add(_ name: String, _ sample: Sample) {
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
      case .vertical: break
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

  /// In pixels.
  var height: Double { Double(lines.count) * PlotStyle.lineHeight }

  func draw(x: Double, y: Double, _ writer: inout SVGWriter) {
    for (row, line) in lines.enumerated() {
      let middle = y + Double(row) * PlotStyle.lineHeight + PlotStyle.lineHeight / 2
      var left = x
      for entry in line {
        switch entry.sample {
        case .guide:
          writer.stroke("guide", from: (left, middle), to: (left + 24, middle))
        case .series(let color, .bars):
          writer.add(
            "rect",
            [
              ("class", "bar f-\(color.rawValue)"), ("x", PlotNumbers.coordinate(left + 4)),
              ("y", PlotNumbers.coordinate(middle - 5)), ("width", "16"), ("height", "10"),
            ])
        case .series(let color, let style):
          if style != .marks {
            writer.stroke(
              "line s-\(color.rawValue)", from: (left, middle), to: (left + 24, middle),
              dashes: color.dashes)
          }
          if style != .line { writer.mark(color, x: left + 12, y: middle) }
        }
        writer.text(entry.name, x: left + 30, y: middle + 4)
        left += entry.width
      }
    }
  }
}
