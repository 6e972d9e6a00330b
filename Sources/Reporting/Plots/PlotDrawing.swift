/// A plot as an SVG file. The same plot gives the same bytes, on any machine.
public struct PlotDrawing {
  private let plot: Plot

  /// A drawing of a plot; `svg` makes it.
  public init(_ plot: Plot) { self.plot = plot }

  private var columns: Int { max(1, min(plot.columns, max(plot.panels.count, 1))) }
  private var rows: Int { (plot.panels.count + columns - 1) / columns }

  private var dataSize: (width: Double, height: Double) { PlotStyle.dataSize(columns: columns) }

  /// Lines of a single panel are named at their ends, unless their names are long, the others in a
  /// legend.
  private var endLabels: [PlotSeries] {
    guard plot.panels.count == 1, let panel = plot.panels.first else { return [] }
    let lines = panel.series.filter { $0.style == .line || $0.style == .markedLine }
    let areShort = lines.allSatisfy { PlotStyle.width($0.name) <= 180 }
    return lines.count > 1 && lines.count <= 4 && areShort ? lines : []
  }

  /// The panels with their data at (0, 0), for what they need around them.
  private var panels: [PanelDrawing] {
    plot.panels.map { panel in
      PanelDrawing(
        panel, left: 0, top: 0, size: dataSize, namesY: false, endLabels: endLabels,
        numbersPhases: false)
    }
  }

  /// The file's text.
  public var svg: String {
    let panels = panels
    let numbersPhases = panels.contains { !$0.fitsPhaseNames }
    let left = (panels.map(\.labelWidth).max() ?? 0) + PlotStyle.tickGap + PlotStyle.axisTitle
    let top = PlotStyle.top + (panels.map(\.headHeight).max() ?? 0)
    let right = PlotStyle.right + (panels.map(\.overhang).max() ?? 0)
    let panelWidth = left + dataSize.width + right
    let panelHeight = top + dataSize.height + PlotStyle.bottom
    let width = 2 * PlotStyle.padding + Double(columns) * panelWidth
    let inner = width - 2 * PlotStyle.padding
    let titles = PlotStyle.lines(plot.title, width: inner, size: PlotStyle.titleSize)
    let legend = PlotLegend(
      plot, width: inner, without: endLabels, numbersPhases: numbersPhases)
    let titleEnd = PlotStyle.padding + Double(titles.count) * PlotStyle.titleHeight
    let head = titleEnd + legend.height + 6
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
      for (row, title) in titles.enumerated() {
        let base = PlotStyle.padding + Double(row) * PlotStyle.titleHeight + 13
        writer.text(title, x: PlotStyle.padding, y: base, "title")
      }
      legend.draw(x: PlotStyle.padding, y: titleEnd, &writer)
      for (index, panel) in plot.panels.enumerated() {
        let (row, column) = (index / columns, index % columns)
        let neighbour = column > 0 ? plot.panels[index - 1].y.label : nil
        PanelDrawing(
          panel, left: PlotStyle.padding + Double(column) * panelWidth + left,
          top: head + Double(row) * panelHeight + top, size: dataSize,
          namesY: neighbour != panel.y.label, endLabels: endLabels, numbersPhases: numbersPhases
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

  /// A filled rectangle.
  mutating func rectangle(_ style: String, x: Double, y: Double, width: Double, height: Double) {
    add(
      "rect",
      [
        ("class", style), ("x", PlotNumbers.coordinate(x)), ("y", PlotNumbers.coordinate(y)),
        ("width", PlotNumbers.coordinate(width)), ("height", PlotNumbers.coordinate(height)),
      ])
  }

  /// A mark, whose form goes with its colour.
  mutating func mark(_ color: PlotColor, x: Double, y: Double) {
    let size = 3.6
    let style = ("class", "mark f-\(color.rawValue)")
    guard !color.corners.isEmpty else {
      add(
        "circle",
        [
          style, ("cx", PlotNumbers.coordinate(x)), ("cy", PlotNumbers.coordinate(y)),
          ("r", PlotNumbers.coordinate(size)),
        ])
      return
    }
    let corners = color.corners.map { (x + $0.x * size, y + $0.y * size) }
    add("polygon", [style, ("points", PlotNumbers.points(corners))])
  }
}
