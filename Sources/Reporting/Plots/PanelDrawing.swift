/// One panel of a plot: grid, axes, guides, data.
struct PanelDrawing {
  private let panel: PlotPanel
  private let left: Double
  private let top: Double
  private let size: (width: Double, height: Double)
  private let namesY: Bool
  private let endLabels: [PlotSeries]
  private let numbersPhases: Bool
  private let x: PlotScale
  private let y: PlotScale
  private let xTicks: Ticks
  private let yTicks: Ticks

  /// - Parameters:
  ///   - left: where the data begin.
  ///   - top: where the data begin.
  ///   - namesY: whether the y axis has its title.
  ///   - endLabels: series that are named at their ends.
  ///   - numbersPhases: whether phases have numbers instead of names, which the legend explains.
  init(
    _ panel: PlotPanel, left: Double, top: Double, size: (width: Double, height: Double),
    namesY: Bool, endLabels: [PlotSeries], numbersPhases: Bool
  ) {
    (self.panel, self.left, self.top) = (panel, left, top)
    (self.size, self.namesY, self.endLabels) = (size, namesY, endLabels)
    self.numbersPhases = numbersPhases
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
    xTicks = x.ticks { PlotStyle.width($0) + 6 }
    yTicks = y.ticks { _ in PlotStyle.fontSize * 1.3 }
  }

  /// Of the widest label beside the y axis.
  var labelWidth: Double { yTicks.labels.map { PlotStyle.width($0) }.max() ?? 0 }

  /// What reaches beyond the data on the right.
  var overhang: Double {
    let last = xTicks.labels.last.map { PlotStyle.width($0) / 2 } ?? 0
    let names = endLabels.map { PlotStyle.width($0.name) + 8 }
    return max(last, names.max() ?? 0)
  }

  /// Of the lines of text above the data.
  var headHeight: Double {
    Double((panel.phases.isEmpty ? 0 : 1) + headLines.count) * Self.headLine
  }

  /// Whether each phase's name has room above its stretch.
  var fitsPhaseNames: Bool {
    panel.phases.allSatisfy { phase in
      stretch(phase).map { $0.upperBound - $0.lowerBound >= PlotStyle.width(phase.name) + 6 }
        ?? true
    }
  }

  private static let headLine = 16.0

  /// Title and note, side by side where there is room for both.
  private var headLines: [(left: String, right: String)] {
    let (title, note) = (panel.title, panel.note)
    if title.isEmpty, note.isEmpty { return [] }
    let both = PlotStyle.width(title, size: PlotStyle.fontSize * 1.05) + PlotStyle.width(note) + 12
    return title.isEmpty || note.isEmpty || both <= size.width
      ? [(title, note)] : [(title, ""), (note, "")]
  }

  /// Where a phase lies between the panel's sides; `nil` where it lies outside.
  private func stretch(_ phase: PlotPhase) -> ClosedRange<Double>? {
    guard let from = x.clipped(phase.range.lowerBound), let to = x.clipped(phase.range.upperBound),
      from < to
    else { return nil }
    return from...to
  }

  private var bottom: Double { top + size.height }
  private var right: Double { left + size.width }

  func draw(_ writer: inout SVGWriter) {
    drawHead(&writer)
    drawPhases(&writer)
    drawAxes(&writer)
    guard panel.hasData else {
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

  private func drawHead(_ writer: inout SVGWriter) {
    let lines = headLines
    for (row, line) in lines.enumerated() {
      let above = lines.count - row - 1 + (panel.phases.isEmpty ? 0 : 1)
      let base = top - 9 - Double(above) * Self.headLine
      if !line.left.isEmpty {
        let isTitle = row == 0 && !panel.title.isEmpty
        writer.text(
          PlotStyle.fitted(line.left, width: size.width), x: left, y: base,
          isTitle ? "head" : "muted")
      }
      if !line.right.isEmpty {
        writer.text(
          PlotStyle.fitted(line.right, width: size.width), x: right, y: base, "muted",
          anchor: "end")
      }
    }
  }

  /// Every other phase is shaded, each begins with a line, and has its name or number above.
  private func drawPhases(_ writer: inout SVGWriter) {
    for (index, phase) in panel.phases.enumerated() {
      guard let stretch = stretch(phase) else { continue }
      let width = stretch.upperBound - stretch.lowerBound
      if !index.isMultiple(of: 2) {
        writer.rectangle(
          "phase", x: stretch.lowerBound, y: top, width: width, height: size.height)
      }
      if index > 0 {
        let place = stretch.lowerBound
        writer.stroke("guide", from: (place, top), to: (place, bottom))
      }
      let name = numbersPhases ? "\(index + 1)" : phase.name
      guard width >= PlotStyle.width(name) + 2 else { continue }
      writer.text(
        name, x: (stretch.lowerBound + stretch.upperBound) / 2, y: top - 6, "muted",
        anchor: "middle")
    }
  }

  private func drawAxes(_ writer: inout SVGWriter) {
    for (value, label) in zip(yTicks.values, yTicks.labels) {
      guard let place = y(value) else { continue }
      writer.stroke("grid", from: (left, place), to: (right, place))
      writer.text(label, x: left - PlotStyle.tickGap, y: place + 4, "muted", anchor: "end")
    }
    for (value, label) in zip(xTicks.values, xTicks.labels) {
      guard let place = x(value) else { continue }
      writer.stroke("axis", from: (place, bottom), to: (place, bottom + 4))
      writer.text(label, x: place, y: bottom + 20, "muted", anchor: "middle")
    }
    writer.stroke("axis", from: (left, bottom), to: (right, bottom))
    writer.text(
      PlotStyle.fitted(panel.x.label, width: size.width), x: (left + right) / 2, y: bottom + 38,
      anchor: "middle")
    if namesY {
      writer.text(
        PlotStyle.fitted(panel.y.label, width: size.height),
        x: left - PlotStyle.tickGap - labelWidth - 11, y: (top + bottom) / 2, anchor: "middle",
        rotated: true)
    }
  }

  private func draw(_ guide: PlotGuide, _ writer: inout SVGWriter) {
    switch guide {
    case .horizontal(let value, _):
      guard let place = y(value) else { return }
      writer.stroke("guide", from: (left, place), to: (right, place))
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
      writer.rectangle(
        "bar f-\(series.color.rawValue)", x: from + 0.5, y: min(height, base),
        width: max(to - from - 1, 0), height: abs(base - height))
    }
  }

  private func draw(_ series: PlotSeries, _ writer: inout SVGWriter) {
    let color = series.color.rawValue
    if series.style == .marks {
      for point in series.points {
        guard let place = x(point.x), let interval = point.interval,
          let from = y.clipped(interval.lowerBound), let to = y.clipped(interval.upperBound)
        else { continue }
        writer.stroke("error s-\(color)", from: (place, from), to: (place, to))
      }
    } else {
      for run in runs(series) {
        // A single value between gaps would be invisible as a line.
        if run.count == 1, series.style == .line, let only = run.first {
          writer.mark(series.color, x: only.x, y: only.y)
        } else {
          writer.add(
            "polyline",
            [
              ("class", "line s-\(color)"),
              ("points", PlotNumbers.points(run.map { ($0.x, $0.y) })),
            ]
              + (series.color.dashes.isEmpty ? [] : [("stroke-dasharray", series.color.dashes)]))
        }
      }
    }
    guard series.style != .line else { return }
    for point in series.points {
      if let across = x(point.x), let up = y(point.y) {
        writer.mark(series.color, x: across + aside(series), y: up)
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
        ("points", PlotNumbers.points(corners)),
      ])
  }

  private struct Place {
    let x: Double
    let y: Double
    let lower: Double?
    let upper: Double?
  }

  /// How far a line is moved to the right: where each has a single value, error bars would lie over
  /// each other.
  private func aside(_ series: PlotSeries) -> Double {
    let lines = panel.series.filter { $0.style == .markedLine }
    guard lines.count > 1, lines.allSatisfy({ $0.points.count == 1 }),
      let index = lines.firstIndex(of: series)
    else { return 0 }
    return 8 * (Double(index) - Double(lines.count - 1) / 2)
  }

  /// The places of a line's values, cut where one is missing.
  private func runs(_ series: PlotSeries) -> [[Place]] {
    var runs: [[Place]] = [[]]
    let aside = aside(series)
    for point in series.points {
      guard let across = x(point.x), let up = y(point.y) else {
        if runs.last?.isEmpty == false { runs.append([]) }
        continue
      }
      runs[runs.count - 1].append(
        Place(
          x: across + aside, y: up, lower: point.interval.flatMap { y.clipped($0.lowerBound) },
          upper: point.interval.flatMap { y.clipped($0.upperBound) }))
    }
    return runs.filter { !$0.isEmpty }
  }

  /// Names right of the lines' last values, moved apart where they would touch.
  private func drawEndLabels(_ writer: inout SVGWriter) {
    var labels = endLabels.compactMap { series -> (series: PlotSeries, place: Double)? in
      let last = series.points.last { x($0.x) != nil && y($0.y) != nil }
      return last.flatMap { y($0.y) }.map { (series, $0) }
    }.sorted { $0.place < $1.place }
    let step = PlotStyle.fontSize * 1.3
    for index in labels.indices.dropFirst() {
      labels[index].place = max(labels[index].place, labels[index - 1].place + step)
    }
    // The lowest stays beside the data, and pushes the others up.
    for index in labels.indices.reversed() {
      let limit = index + 1 < labels.count ? labels[index + 1].place - step : bottom
      labels[index].place = min(labels[index].place, limit)
    }
    for (series, place) in labels {
      writer.text(series.name, x: right + 8, y: place + 4, "f-\(series.color.rawValue)")
    }
  }
}
