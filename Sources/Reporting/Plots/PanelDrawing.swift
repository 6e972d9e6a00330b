/// One panel of a plot: grid, axes, guides, data.
struct PanelDrawing {
  private let panel: PlotPanel
  private let left: Double
  private let top: Double
  private let size: (width: Double, height: Double)
  private let namesY: Bool
  private let endLabels: [PlotSeries]
  private let x: PlotScale
  private let y: PlotScale

  /// - Parameters:
  ///   - left: where the data begin.
  ///   - top: where the data begin.
  ///   - namesY: whether the y axis has its title.
  ///   - endLabels: series that are named at their ends.
  init(
    _ panel: PlotPanel, left: Double, top: Double, size: (width: Double, height: Double),
    namesY: Bool, endLabels: [PlotSeries]
  ) {
    self.panel = panel
    self.left = left
    self.top = top
    self.size = size
    self.namesY = namesY
    self.endLabels = endLabels
    let points = panel.series.flatMap { series in series.points.map { (series.style, $0) } }
    let along = points.flatMap { style, point in
      style == .bars ? [point.interval?.lowerBound, point.interval?.upperBound] : [point.x]
    }.compactMap { $0 }
    var up = points.flatMap { style, point in
      [point.y]
        + (style == .bars ? [] : [point.interval?.lowerBound, point.interval?.upperBound])
        .compactMap { $0 }
    }
    for case .horizontal(let value, _) in panel.guides where !points.isEmpty { up.append(value) }
    x = PlotScale(panel.x, along, start: left, end: left + size.width, margin: 0.02)
    y = PlotScale(panel.y, up, start: top + size.height, end: top, margin: 0.06)
  }

  private var bottom: Double { top + size.height }
  private var right: Double { left + size.width }

  func draw(_ writer: inout SVGWriter) {
    if !panel.title.isEmpty { writer.text(panel.title, x: left, y: top - 8, "head") }
    if !panel.note.isEmpty {
      writer.text(panel.note, x: right, y: top - 8, "muted", anchor: "end")
    }
    drawAxes(&writer)
    guard panel.series.contains(where: { !$0.points.isEmpty }) else {
      writer.text(
        "no data", x: (left + right) / 2, y: (top + bottom) / 2, "muted", anchor: "middle")
      return
    }
    for series in panel.series where series.style == .bars { drawBars(series, &writer) }
    for guide in panel.guides { draw(guide, &writer) }
    // No band lies over another series' line.
    for series in panel.series where series.style == .line || series.style == .markedLine {
      for run in runs(series) { drawBand(run, series.color.rawValue, &writer) }
    }
    for series in panel.series where series.style != .bars { draw(series, &writer) }
    drawEndLabels(&writer)
  }

  private func drawAxes(_ writer: inout SVGWriter) {
    let (alongX, alongY) = (x.ticks, y.ticks)
    for (value, label) in zip(alongY.values, alongY.labels) {
      guard let place = y(value) else { continue }
      writer.stroke("grid", from: (left, place), to: (right, place))
      writer.text(label, x: left - 6, y: place + 4, "muted", anchor: "end")
    }
    // Where labels would touch each other, every other one is left out.
    let widest = alongX.labels.map { PlotStyle.width($0) }.max() ?? 0
    let every = Double(alongX.values.count) * (widest + 6) > size.width + widest ? 2 : 1
    for (index, value) in alongX.values.enumerated() {
      guard let place = x(value) else { continue }
      writer.stroke("axis", from: (place, bottom), to: (place, bottom + 4))
      if index.isMultiple(of: every) {
        writer.text(
          alongX.labels[index], x: place, y: bottom + 17, "muted", anchor: "middle")
      }
    }
    writer.stroke("axis", from: (left, bottom), to: (right, bottom))
    writer.text(
      panel.x.label, x: (left + right) / 2, y: bottom + 33, anchor: "middle")
    if namesY {
      writer.text(
        panel.y.label, x: left - PlotStyle.left + 10, y: (top + bottom) / 2, anchor: "middle",
        rotated: true)
    }
  }

  private func draw(_ guide: PlotGuide, _ writer: inout SVGWriter) {
    switch guide {
    case .horizontal(let value, _):
      guard let place = y(value) else { return }
      writer.stroke("guide", from: (left, place), to: (right, place))
    case .vertical(let value, let label):
      guard let place = x(value), x.range.contains(value) else { return }
      writer.stroke("guide", from: (place, top), to: (place, bottom))
      // Above the data, unless the panel's title is there.
      writer.text(label, x: place + 2, y: panel.title.isEmpty ? top - 6 : top + 11, "muted")
    case .diagonal:
      let lower = max(x.range.lowerBound, y.range.lowerBound)
      let upper = min(x.range.upperBound, y.range.upperBound)
      guard lower < upper, let x0 = x(lower), let y0 = y(lower), let x1 = x(upper),
        let y1 = y(upper)
      else { return }
      writer.stroke("guide", from: (x0, y0), to: (x1, y1))
    }
  }

  private func drawBars(_ series: PlotSeries, _ writer: inout SVGWriter) {
    guard let base = y(max(0, y.range.lowerBound)) else { return }
    for point in series.points {
      guard let interval = point.interval, let from = x(interval.lowerBound),
        let to = x(interval.upperBound), let height = y(point.y)
      else { continue }
      writer.add(
        "rect",
        [
          ("class", "bar f-\(series.color.rawValue)"), ("x", PlotNumbers.coordinate(from + 0.5)),
          ("y", PlotNumbers.coordinate(min(height, base))),
          ("width", PlotNumbers.coordinate(max(to - from - 1, 0))),
          ("height", PlotNumbers.coordinate(abs(base - height))),
        ])
    }
  }

  private func draw(_ series: PlotSeries, _ writer: inout SVGWriter) {
    let color = series.color.rawValue
    if series.style == .marks {
      for point in series.points {
        guard let place = x(point.x), let interval = point.interval,
          let from = y(interval.lowerBound), let to = y(interval.upperBound)
        else { continue }
        writer.stroke("error s-\(color)", from: (place, from), to: (place, to))
      }
    } else {
      for run in runs(series) {
        let path = run.map { "\(text($0.x)),\(text($0.y))" }.joined(separator: " ")
        // A single value between gaps would be invisible as a line.
        if run.count == 1, series.style == .line, let only = run.first {
          writer.mark(series.color, x: only.x, y: only.y)
        } else {
          writer.add(
            "polyline",
            [("class", "line s-\(color)"), ("points", path)]
              + (series.color.dashes.isEmpty ? [] : [("stroke-dasharray", series.color.dashes)]))
        }
      }
    }
    guard series.style != .line else { return }
    for point in series.points {
      if let across = x(point.x), let up = y(point.y) {
        writer.mark(series.color, x: across, y: up)
      }
    }
  }

  private func drawBand(_ run: [Place], _ color: String, _ writer: inout SVGWriter) {
    let banded = run.filter { $0.lower != nil && $0.upper != nil }
    // A band of one value has no width: it gets an error bar.
    if banded.count == 1, let only = banded.first, let lower = only.lower, let upper = only.upper {
      writer.stroke("error s-\(color)", from: (only.x, lower), to: (only.x, upper))
    }
    guard banded.count > 1 else { return }
    let corners =
      banded.compactMap { place in place.upper.map { (place.x, $0) } }
      + banded.reversed().compactMap { place in place.lower.map { (place.x, $0) } }
    writer.add(
      "polygon",
      [
        ("class", "band f-\(color)"),
        ("points", corners.map { "\(text($0.0)),\(text($0.1))" }.joined(separator: " ")),
      ])
  }

  private struct Place {
    let x: Double
    let y: Double
    let lower: Double?
    let upper: Double?
  }

  /// The places of a line's values, cut where one is missing.
  private func runs(_ series: PlotSeries) -> [[Place]] {
    var runs: [[Place]] = [[]]
    for point in series.points {
      guard let across = x(point.x), let up = y(point.y) else {
        if runs.last?.isEmpty == false { runs.append([]) }
        continue
      }
      runs[runs.count - 1].append(
        Place(
          x: across, y: up, lower: point.interval.flatMap { y($0.lowerBound) },
          upper: point.interval.flatMap { y($0.upperBound) }))
    }
    return runs.filter { !$0.isEmpty }
  }

  /// Names right of the lines' last values, moved apart where they would touch.
  private func drawEndLabels(_ writer: inout SVGWriter) {
    var labels = endLabels.compactMap { series -> (series: PlotSeries, place: Double)? in
      let last = series.points.last { x($0.x) != nil && y($0.y) != nil }
      return last.flatMap { y($0.y) }.map { (series, $0) }
    }.sorted { $0.place < $1.place }
    for index in labels.indices.dropFirst() {
      labels[index].place = max(labels[index].place, labels[index - 1].place + 15)
    }
    for (series, place) in labels {
      writer.text(series.name, x: right + 8, y: place + 4, "f-\(series.color.rawValue)")
    }
  }

  private func text(_ value: Double) -> String { PlotNumbers.coordinate(value) }
}
