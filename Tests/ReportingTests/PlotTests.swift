import Foundation
import Reporting
import Testing
import Tracking

@Suite("Plots")
struct PlotTests {
  private func plot(_ points: [PlotSeries.Point], title: String = "T") -> Plot {
    Plot(
      title: title, description: "D",
      panels: [
        PlotPanel(
          title: "P", x: PlotAxis("x", unit: "°"), y: PlotAxis("y", unit: "%"),
          series: [PlotSeries(name: "s", color: .blue, style: .markedLine, points: points)])
      ])
  }

  @Test(
    "ticks are multiples of 1, 2 or 5 times a power of ten within the range",
    arguments: [
      (0.0...1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (0...100, ["0", "20", "40", "60", "80", "100"]), (-5...5, ["−4", "−2", "0", "2", "4"]),
      (0.75...1.25, ["0.8", "0.9", "1.0", "1.1", "1.2"]),
      (0...250_000, ["0", "50,000", "100,000", "150,000", "200,000", "250,000"]),
      (0.0131...0.0134, ["0.0131", "0.0132", "0.0133", "0.0134"]),
    ])
  func ticks(range: ClosedRange<Double>, labels: [String]) {
    #expect(Ticks.linear(range).labels == labels)
  }

  @Test("a range without width has no ticks, nor has a logarithmic one at 0")
  func noTicks() {
    #expect(Ticks.linear(3...3).values.isEmpty)
    #expect(Ticks.linear(0...Double.infinity).values.isEmpty)
    #expect(Ticks.logarithmic(0...1).values.isEmpty)
  }

  @Test("logarithmic ticks are 1, 2 and 5 times powers of ten, or these powers alone")
  func logarithmic() {
    #expect(Ticks.logarithmic(0.01...0.2).labels == ["0.01", "0.02", "0.05", "0.1", "0.2"])
    #expect(
      Ticks.logarithmic(0.001...1000).labels == [
        "0.001", "0.01", "0.1", "1", "10", "100", "1000",
      ])
  }

  @Test("ticks of large and small numbers have a power of ten, and few digits")
  func powers() {
    #expect(Ticks.linear(0...4e-20).labels == ["0", "1e−20", "2e−20", "3e−20", "4e−20"])
    #expect(
      Ticks.linear(5e-21...1.5e-20).labels == ["6e−21", "8e−21", "1e−20", "1.2e−20", "1.4e−20"])
    #expect(Ticks.linear(-2e8...1e8).labels == ["−2e8", "−1e8", "0", "1e8"])
    #expect(Ticks.logarithmic(2e-6...3e-5).labels == ["2e−6", "5e−6", "1e−5", "2e−5"])
  }

  @Test("coordinates have at most two decimals and no sign at 0")
  func coordinates() {
    #expect(
      [1, 1.5, 1.005, -0.001, 1e-9].map(PlotNumbers.coordinate) == [
        "1", "1.5", "1", "0", "0",
      ])
    #expect(PlotNumbers.coordinate(.nan) == "–")
  }

  @Test("texts from outside cannot end an element or an attribute")
  func escaping() throws {
    let svg = PlotDrawing(plot([.init(x: 0, y: 1)], title: "a<b & \"c\"'\u{1}</svg>")).svg
    #expect(
      svg.contains("<title id=\"title\">a&lt;b &amp; &quot;c&quot;&apos; &lt;/svg&gt;</title>"))
    try #require(XMLChecker.isWellFormed(svg))
  }

  @Test("the same plot gives the same bytes, a title and a description")
  func deterministic() throws {
    let points = (0..<20).map {
      PlotSeries.Point(x: Double($0), y: sin(Double($0)), interval: -1...1)
    }
    let svg = PlotDrawing(plot(points)).svg
    #expect(PlotDrawing(plot(points)).svg == svg)
    #expect(svg.contains("role=\"img\" aria-labelledby=\"title desc\""))
    #expect(svg.contains("<desc id=\"desc\">D</desc>"))
    #expect(svg.contains("prefers-color-scheme:dark"))
    #expect(svg.contains("x, °") && svg.contains("y, %"))
    try #require(XMLChecker.isWellFormed(svg))
  }

  @Test("without data a panel says so; a single value, equal ones and none at all are no trouble")
  func empty() throws {
    let none = PlotDrawing(plot([])).svg
    #expect(none.contains("no data") && !none.contains("nan"))
    let panels = PlotDrawing(Plot(title: "T", description: "", panels: [])).svg
    for svg in [
      none, panels, PlotDrawing(plot([.init(x: 1, y: 1)])).svg,
      PlotDrawing(plot([.init(x: 0, y: 0), .init(x: 0, y: 0)])).svg,
      PlotDrawing(plot([.init(x: .nan, y: .infinity)])).svg,
    ] {
      try #require(XMLChecker.isWellFormed(svg))
      #expect(!svg.contains("nan") && !svg.contains("inf") && !svg.contains("\"–"))
    }
  }

  @Test("a single value has an error bar for its interval, several have a band")
  func intervals() {
    let points = [1.0, 2].map { PlotSeries.Point(x: $0, y: $0, interval: 0...3) }
    let (one, two) = (PlotDrawing(plot([points[0]])).svg, PlotDrawing(plot(points)).svg)
    #expect(one.contains("class=\"error s-blue\"") && !one.contains("class=\"band"))
    #expect(two.contains("class=\"band f-blue\"") && !two.contains("class=\"error"))
  }

  @Test("bands and error bars are in the legend, and end where the panel ends")
  func intervalsInLegend() {
    var plot = plot([1.0, 2].map { .init(x: $0, y: 50, interval: -1e9...1e9) })
    plot.panels[0].y.range = 0...100
    let svg = PlotDrawing(plot).svg
    #expect(svg.contains(">95 % interval</text>") && svg.contains("class=\"band f-grey\""))
    plot.panels[0].series[0].style = .marks
    plot.intervals = "95 % interval by image"
    let marks = PlotDrawing(plot).svg
    #expect(marks.contains(">95 % interval by image<") && marks.contains("class=\"error s-grey\""))
    plot.panels[0].series[0].points = [.init(x: 1, y: 50)]
    #expect(!PlotDrawing(plot).svg.contains("95 % interval"))
  }

  @Test("error bars of single values stand beside each other")
  func aside() {
    var plot = plot([.init(x: 1, y: 1, interval: 0...2)])
    plot.panels[0].series.append(plot.panels[0].series[0])
    plot.panels[0].series[1].color = .vermilion
    let svg = PlotDrawing(plot).svg
    let places = svg.matches(of: /class="error s-(?:blue|vermilion)" x1="([0-9.]+)"/).map(\.1)
    #expect(places.count == 2 && Set(places).count == 2)
  }

  @Test("a logarithmic axis says so")
  func logarithmicLabel() {
    #expect(PlotAxis("loss", isLogarithmic: true).label == "loss (log scale)")
    #expect(PlotAxis("PSNR", unit: "dB").label == "PSNR, dB")
    var plot = plot([.init(x: 1, y: 1)])
    plot.panels[0].y.isLogarithmic = true
    #expect(PlotDrawing(plot).svg.contains(">y, % (log scale)</text>"))
  }

  @Test("a value that is missing interrupts the line")
  func gaps() {
    let svg = PlotDrawing(
      plot([
        .init(x: 0, y: 0), .init(x: 1, y: 1), .init(x: 2, y: .nan), .init(x: 3, y: 1),
        .init(x: 4, y: 0),
      ])
    ).svg
    #expect(svg.components(separatedBy: "<polyline").count == 3)
  }

  @Test(
    "lines of a single panel are named at their ends, moved apart; those of several in a legend")
  func endLabels() throws {
    func panel(_ names: [String]) -> PlotPanel {
      PlotPanel(
        title: "", x: PlotAxis("step"), y: PlotAxis("loss", isLogarithmic: true),
        series: zip(names, PlotColor.allCases).map { name, color in
          PlotSeries(
            name: name, color: color, style: .line,
            points: (1...9).map { .init(x: Double($0), y: 1 / Double($0)) })
        })
    }
    let one = PlotDrawing(
      Plot(title: "T", description: "D", panels: [panel(["first", "second"])])
    ).svg
    let places = one.split(separator: "\n").filter {
      $0.contains(">first<") || $0.contains(">second<")
    }
    .compactMap { $0.firstMatch(of: /y="([0-9.]+)" class="f-/).flatMap { Double($0.1) } }
    try #require(places.count == 2)
    #expect(abs(places[0] - places[1]) >= 14)
    let two = PlotDrawing(
      Plot(
        title: "T", description: "D", panels: [panel(["first", "second"]), panel(["first"])],
        columns: 2)
    ).svg
    #expect(two.components(separatedBy: ">first<").count == 2)
    #expect(!two.contains("class=\"f-blue\">first"))
  }

  @Test("curves are cut where a phase begins, phases are named or explained, mixtures left out")
  func phases() throws {
    let phases = [("stn", 100), ("detail", 300)]
    let metrics = Gallery.metrics(phases)
    let spans = TrainingPhases(phases.map { (name: $0.0, steps: $0.1) })
    let plot = try #require(TrainingPlots(metrics, phases: spans).losses(title: "T"))
    let svg = PlotDrawing(plot).svg
    // Loss and gradient, each of two phases.
    #expect(svg.components(separatedBy: "<polyline").count == 5)
    #expect(svg.components(separatedBy: "class=\"phase\"").count == 3)
    #expect(svg.contains(">stn</text>") && svg.contains(">detail</text>"))
    #expect(svg.contains(">loss (log scale)</text>"))
    #expect(plot.description.contains("stn (steps 1 to 100), detail (steps 101 to 400)"))
    // Earlier versions averaged over the end of one phase and the start of the next.
    let mixture = MetricValue(step: 100, name: "train/loss", value: 1e9)
    let mixed = try #require(
      TrainingPlots(metrics + [mixture], phases: spans).losses(title: "T"))
    #expect(PlotDrawing(mixed).svg == svg)
    let short = [("a long name of a phase", 4), ("detail", 396)]
    let numbered = try #require(
      TrainingPlots(
        Gallery.metrics(short), phases: TrainingPhases(short.map { (name: $0.0, steps: $0.1) })
      ).losses(title: "T"))
    let text = PlotDrawing(numbered).svg
    #expect(
      text.contains(">1: a long name of a phase (step 0 to 4)</text>") && text.contains(">2</text>")
    )
    #expect(!text.contains(">detail</text>"))
  }

  @Test("of several seeds a curve is the mean, a band the range, where all of them have a value")
  func seeds() throws {
    func run(_ values: [Double]) -> [MetricValue] {
      values.enumerated().map { MetricValue(step: $0 + 1, name: "train/loss", value: $1) }
    }
    let runs = [run([1, 2, 3, 4]), run([3, 2, .nan, 6]), run([2, 5, 3])]
    let plot = try #require(
      TrainingPlots(runs: runs, phases: TrainingPhases([])).losses(title: "T"))
    let points = plot.panels[0].series[0].points
    #expect(points.map(\.x) == [1, 2, 3])
    #expect(points.prefix(2).map(\.y) == [2, 3] && points[2].y.isNaN)
    #expect(points.map(\.interval) == [1...3, 2...5, nil])
    #expect(plot.description.contains("means over 3 seeds"))
    let svg = PlotDrawing(plot).svg
    #expect(svg.contains("class=\"band") && svg.contains(">lowest to highest of the seeds</text>"))
    let single = try #require(
      TrainingPlots(runs: [runs[0]], phases: TrainingPhases([])).losses(title: "T"))
    #expect(!PlotDrawing(single).svg.contains("class=\"band"))
  }

  @Test("losses that are no numbers have no plot")
  func noNumbers() {
    let values = [1, 2].map { MetricValue(step: $0, name: "train/loss", value: .nan) }
    #expect(TrainingPlots(values, phases: TrainingPhases([])).losses(title: "T") == nil)
    #expect(TrainingPlots([], phases: TrainingPhases([])).validation(title: "T") == nil)
  }

  @Test("each colour has a mark and dashes of its own")
  func colors() {
    let lines = PlotColor.ofLines
    #expect(lines.count == 7)
    #expect(Set(lines.map(\.dashes)).count == lines.count)
    #expect(Set(PlotColor.allCases.map(\.light)).count == PlotColor.allCases.count)
  }
}

/// Whether a text's tags are balanced and its entities known; enough for what we write ourselves.
enum XMLChecker {
  static func isWellFormed(_ text: String) -> Bool {
    var open: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      guard isText(rest[..<start]), let end = rest[start...].firstIndex(of: ">") else {
        return false
      }
      let tag = rest[rest.index(after: start)..<end]
      guard !tag.contains("<") else { return false }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else if !tag.hasSuffix("/") {
        open.append(tag.prefix { $0 != " " })
      }
      rest = rest[rest.index(after: end)...]
    }
    return open.isEmpty && isText(rest)
  }

  private static func isText(_ text: Substring) -> Bool {
    text.split(separator: "&", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
      ["amp;", "lt;", "gt;", "quot;", "apos;"].contains { part.hasPrefix($0) }
    }
  }
}
