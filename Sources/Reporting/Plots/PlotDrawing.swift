/// A plot as an SVG file. The same plot gives the same bytes, on any machine.
public struct PlotDrawing {
  private let plot: Plot

  public init(_ plot: Plot) { self.plot = plot }

  private var columns: Int { max(1, min(plot.columns, max(plot.panels.count, 1))) }
  private var rows: Int { (plot.panels.count + columns - 1) / columns }

  private var dataSize: (width: Double, height: Double) { PlotStyle.dataSize(columns: columns) }

  /// Lines of a single panel are named at their ends, the others in a legend.
  private var endLabels: [PlotSeries] {
    guard plot.panels.count == 1, let panel = plot.panels.first else { return [] }
    let lines = panel.series.filter { $0.style == .line || $0.style == .markedLine }
    return lines.count > 1 && lines.count <= 4 ? lines : []
  }

  private var labelWidth: Double {
    endLabels.map { PlotStyle.width($0.name) + 12 }.max() ?? 0
  }

  private var panelWidth: Double {
    PlotStyle.left + dataSize.width + labelWidth + PlotStyle.right
  }
  private var panelHeight: Double { top + dataSize.height + PlotStyle.bottom }

  /// Room above the data of a panel.
  private var top: Double {
    let isBare = plot.panels.allSatisfy { panel in
      panel.title.isEmpty && panel.note.isEmpty
        && !panel.guides.contains { if case .vertical = $0 { true } else { false } }
    }
    return isBare ? PlotStyle.bareTop : PlotStyle.top
  }
  private var width: Double { 2 * PlotStyle.padding + Double(columns) * panelWidth }

  /// The file's text.
  public var svg: String {
    let legend = PlotLegend(plot, width: width - 2 * PlotStyle.padding, without: endLabels)
    let head = PlotStyle.padding + PlotStyle.lineHeight + legend.height + 6
    let height = head + Double(rows) * panelHeight + PlotStyle.padding / 2
    var writer = SVGWriter()
    let (wide, high) = (PlotNumbers.coordinate(width), PlotNumbers.coordinate(height))
    writer.group(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("width", wide), ("height", high),
        ("viewBox", "0 0 \(wide) \(high)"), ("role", "img"), ("aria-labelledby", "title desc"),
      ]
    ) { writer in
      writer.add("title", [("id", "title")], text: plot.title)
      writer.add("desc", [("id", "desc")], text: plot.description)
      writer.group("style", []) { writer in PlotStyle.sheet.forEach { writer.line($0) } }
      writer.add(
        "rect", [("class", "back"), ("width", wide), ("height", high), ("rx", "6")])
      writer.text(
        plot.title, x: PlotStyle.padding, y: PlotStyle.padding + 11, "title")
      legend.draw(x: PlotStyle.padding, y: PlotStyle.padding + PlotStyle.lineHeight, &writer)
      for (index, panel) in plot.panels.enumerated() {
        let (row, column) = (index / columns, index % columns)
        let neighbour = column > 0 ? plot.panels[index - 1].y.label : nil
        PanelDrawing(
          panel, left: PlotStyle.padding + Double(column) * panelWidth + PlotStyle.left,
          top: head + Double(row) * panelHeight + top, size: dataSize,
          namesY: neighbour != panel.y.label, endLabels: endLabels
        ).draw(&writer)
      }
    }
    return writer.text
  }
}

extension SVGWriter {
  /// A line of text.
  mutating func text(
    _ text: String, x: Double, y: Double, _ style: String = "", anchor: String = "start",
    rotated: Bool = false
  ) {
    let (left, base) = (PlotNumbers.coordinate(x), PlotNumbers.coordinate(y))
    var attributes = [("x", left), ("y", base)]
    if !style.isEmpty { attributes.append(("class", style)) }
    if anchor != "start" { attributes.append(("text-anchor", anchor)) }
    if rotated { attributes.append(("transform", "rotate(-90 \(left) \(base))")) }
    add("text", attributes, text: text)
  }

  /// A straight line.
  mutating func stroke(
    _ style: String, from: (x: Double, y: Double), to: (x: Double, y: Double), dashes: String = ""
  ) {
    add(
      "line",
      [
        ("class", style), ("x1", PlotNumbers.coordinate(from.x)),
        ("y1", PlotNumbers.coordinate(from.y)), ("x2", PlotNumbers.coordinate(to.x)),
        ("y2", PlotNumbers.coordinate(to.y)),
      ] + (dashes.isEmpty ? [] : [("stroke-dasharray", dashes)]))
  }

  /// A mark, whose form goes with its colour.
  mutating func mark(_ color: PlotColor, x: Double, y: Double) {
    let size = 3.6
    func points(_ corners: [(Double, Double)]) -> String {
      corners.map {
        "\(PlotNumbers.coordinate(x + $0.0 * size)),\(PlotNumbers.coordinate(y + $0.1 * size))"
      }.joined(separator: " ")
    }
    let style = ("class", "mark f-\(color.rawValue)")
    switch color {
    case .blue, .grey:
      add(
        "circle",
        [
          style, ("cx", PlotNumbers.coordinate(x)), ("cy", PlotNumbers.coordinate(y)),
          ("r", PlotNumbers.coordinate(size)),
        ])
    case .vermilion:
      add(
        "polygon",
        [style, ("points", points([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]))])
    case .green:
      add("polygon", [style, ("points", points([(0, -1.2), (1.1, 0.9), (-1.1, 0.9)]))])
    case .purple:
      add("polygon", [style, ("points", points([(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]))])
    }
  }
}
