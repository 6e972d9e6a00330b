import Foundation
import Reporting
import Testing

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

  @Test("each colour has a mark and dashes of its own")
  func colors() {
    let lines = PlotColor.allCases.filter { $0 != .grey }
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
