import Evaluation
import Foundation
import Reporting
import Testing
import Tracking

/// Plots of every kind, ordinary and extreme.
enum Gallery {
  static let plots: [(name: String, plot: Plot)] =
    values.map { ("values \($0.0)", line($0.1)) } + styles
    + [
      ("training", training([("stn", 1500), ("color", 1600), ("detail", 3000)])),
      ("short phases", training([("a first phase", 12), ("colour", 3), ("detail", 3000)])),
      ("long names", training(longNames)),
      ("many panels", strength), ("reliability", reliability),
    ]

  static let longNames = (1...9).map {
    ("a phase with a name that is much too long, \($0)", 40 * $0)
  }

  /// Against x from 1.
  private static let values: [(String, [Double])] = [
    ("ordinary", [0.3, 0.25, 0.22, 0.2]), ("none", []), ("one", [0.37]), ("zero", [0, 0, 0]),
    ("one zero", [0]), ("negative", [-5, -2.5, -40]), ("across zero", [-0.02, 0.01, 0.03]),
    ("large", [12_345_678, 98_765_432]), ("huge", [1e200, 3e200]), ("infinite", [.infinity, 1, 2]),
    ("beyond", [-1.7e308, 1.7e308]), ("not a number", [.nan, .nan]), ("tiny", [1e-20, 3e-20]),
    ("nearly constant", [5, 5.000_000_01]), ("tiny constant", [1e-20, 1.000_000_000_1e-20]),
    ("constant", [123_456.7, 123_456.7]), ("close", [0.999_91, 0.999_93]),
  ]

  private static func line(_ values: [Double]) -> Plot {
    Plot(
      title: "Values", description: "D",
      panels: [false, true].map { isLogarithmic in
        PlotPanel(
          title: "", x: PlotAxis("step", isWhole: true),
          y: PlotAxis("value", unit: "dB", isLogarithmic: isLogarithmic),
          series: [
            PlotSeries(
              name: "a", color: .blue, style: .markedLine,
              points: values.enumerated().map { .init(x: Double($0 + 1), y: $1) })
          ])
      }, columns: 2)
  }

  private static let styles: [(name: String, plot: Plot)] = [
    ("wide logarithmic", logarithmic((-20)...0)), ("two decades", logarithmic((-3)...(-1))),
    ("a step", logarithmic(4...4)),
    ("series", series(4, "s")), ("many series", series(7, "series ")),
    ("long series", series(7, "a series whose name is by far too long for a legend, even alone ")),
    ("two long series", series(2, "a series whose name is by far too long for its end ")),
    ("long title", Plot(title: longTitle, description: "D", panels: series(2, "s").panels)),
    (
      "heads",
      Plot(
        title: "Heads", description: "D",
        panels: [("corrected", "ECE 12.3 % (5.1–20.2)"), ("corrected", longTitle), (longTitle, "")]
          .map { title, note in
            var panel = series(1, "s").panels[0]
            (panel.title, panel.note) = (title, note)
            return panel
          }, columns: 3)
    ),
    ("large steps", steps(1_000_000_000)), ("few steps", steps(1)),
  ]

  private static let longTitle =
    "Training run 12, a-configuration-with-a-name-that-nobody-would-type-twice-but-somebody-did-type: "
    + "losses, of which there are many more than fit into one line of a picture"

  private static func logarithmic(_ powers: ClosedRange<Int>) -> Plot {
    Plot(
      title: "Powers", description: "D",
      panels: [1, 2, 3, 4].map { _ in
        PlotPanel(
          title: "", x: PlotAxis("x", isLogarithmic: true),
          y: PlotAxis("y", isLogarithmic: true),
          series: [
            PlotSeries(
              name: "p", color: .green, style: .line,
              points: powers.map { .init(x: pow(10, Double($0)), y: pow(10, Double($0))) })
          ])
      }, columns: 4)
  }

  private static func series(_ count: Int, _ name: String) -> Plot {
    Plot(
      title: "Series", description: "D",
      panels: [
        PlotPanel(
          title: "", x: PlotAxis("step", isWhole: true), y: PlotAxis("loss"),
          series: (0..<count).map { index in
            PlotSeries(
              name: "\(name)\(index)", color: PlotColor.ofLines[index], style: .markedLine,
              points: (0..<5).map {
                .init(x: Double($0), y: Double($0 * $0) + 0.001 * Double(index))
              })
          })
      ])
  }

  private static func steps(_ last: Double) -> Plot {
    Plot(
      title: "Steps", description: "D",
      panels: (0..<4).map { _ in
        PlotPanel(
          title: "", x: PlotAxis("step", range: 0...last, isWhole: true), y: PlotAxis("loss"),
          series: [
            PlotSeries(
              name: "", color: .ink, style: .line,
              points: [.init(x: 1, y: 20_000), .init(x: last, y: 300_000)])
          ])
      }, columns: 4)
  }

  static func metrics(_ phases: [(String, Int)]) -> [MetricValue] {
    let spans = TrainingPhases(phases.map { (name: $0.0, steps: $0.1) })
    let last = spans.phases.last?.steps.upperBound ?? 1
    return (1...last).filter { $0.isMultiple(of: 20) || $0 < 20 }.flatMap { step in
      let phase = spans.phase(ofStep: step)?.name
      let time = Double(step)
      let scale: Double = phase == spans.phases.first?.name ? 20 : 0.02
      let values: [(name: String, value: Double)] = [
        ("train/loss", scale / (1 + time / 300)), ("train/gradient_norm", 1 + sin(time)),
        ("validation/corrected/mse", 0.05 / (1 + time / 900)), ("validation/distorted/mse", 0.05),
      ]
      return values.map { MetricValue(step: step, name: $0.name, value: $0.value, phase: phase) }
    }
  }

  private static func training(_ phases: [(String, Int)]) -> Plot {
    TrainingPlots(
      metrics(phases), phases: TrainingPhases(phases.map { (name: $0.0, steps: $0.1) })
    ).losses(title: "Training run 3, g: losses") ?? Plot(title: "", description: "", panels: [])
  }

  private static let strength = Plot(
    title: "Strength", description: "D",
    panels: (0..<7).map { index in
      PlotPanel(
        title: "", x: PlotAxis("shear", unit: "°"), y: PlotAxis("top-1", unit: "%", range: 20...58),
        series: [PlotColor.vermilion, .blue].map { color in
          PlotSeries(
            name: color == .blue ? "corrected" : "distorted", color: color, style: .markedLine,
            points: (0..<(index == 6 ? 1 : 8)).map {
              .init(x: Double($0), y: 50 - 2 * Double($0), interval: 10...(index == 5 ? 200 : 70))
            })
        }, guides: [.horizontal(58, name: "canonical")])
    }, columns: 4)

  private static let reliability = ReliabilityPlot.plot(
    ["canonical", "distorted", "corrected"].map { name in
      (
        name,
        Calibration(
          (0..<40).map { index in
            DrawOutcome(
              item: "\(index / 2)", draw: index % 2, label: 1,
              prediction: Prediction(
                predicted: 1, labelRank: index % 3 == 0 ? 1 : 0, probability: Double(index) / 40,
                labelProbability: 0))
          })
      )
    }, title: "SqueezeNet 1.1")
}

/// Texts of a drawing and the boxes that they take, from their font's size and their letters.
struct TextBox {
  let text: String
  let x: ClosedRange<Double>
  let y: ClosedRange<Double>

  static func all(_ svg: String) -> [TextBox] {
    svg.split(separator: "\n").compactMap { line in
      let line = line.drop { $0 == " " }
      guard line.hasPrefix("<text "), let end = line.firstIndex(of: ">"),
        let x = number("x", line), let y = number("y", line)
      else { return nil }
      let text = line[line.index(after: end)...].replacing("</text>", with: "")
        .replacing(/&[a-z]+;/, with: "&")
      let size = line.contains("class=\"title\"") ? 15.0 : 12
      let width = 0.62 * size * Double(text.count)
      let start =
        line.contains("\"end\"") ? -width : line.contains("\"middle\"") ? -width / 2 : 0
      // Letters reach a whole size above their line, and a quarter below.
      if line.contains("rotate(-90") {
        return TextBox(
          text: String(text), x: x - size...x + size / 4, y: y - start - width...y - start)
      }
      return TextBox(
        text: String(text), x: x + start...x + start + width, y: y - size...y + size / 4)
    }
  }

  static func number(_ name: String, _ line: Substring) -> Double? {
    guard let start = line.range(of: " \(name)=\"")?.upperBound else { return nil }
    return Double(line[start...].prefix { $0 != "\"" })
  }

  func touches(_ other: TextBox) -> Bool {
    x.lowerBound < other.x.upperBound && other.x.lowerBound < x.upperBound
      && y.lowerBound < other.y.upperBound && other.y.lowerBound < y.upperBound
  }
}

@Suite("Layout of plots")
struct PlotLayoutTests {
  @Test("no text touches another or the picture's edge", arguments: Gallery.plots.map(\.name))
  func texts(name: String) throws {
    let plot = try #require(Gallery.plots.first { $0.name == name }).plot
    let svg = PlotDrawing(plot).svg
    try #require(XMLChecker.isWellFormed(svg))
    let size = try #require(
      svg.firstMatch(of: /viewBox="0 0 ([0-9.]+) ([0-9.]+)"/))
    let (width, height) = (try #require(Double(size.1)), try #require(Double(size.2)))
    let boxes = TextBox.all(svg)
    #expect(boxes.count > 3)
    for (index, box) in boxes.enumerated() {
      #expect(
        box.x.lowerBound >= 0 && box.x.upperBound <= width && box.y.lowerBound >= 0
          && box.y.upperBound <= height, "\(box.text) leaves the picture")
      for other in boxes[(index + 1)...] where box.touches(other) {
        Issue.record("\(box.text) touches \(other.text)")
      }
    }
    #expect(!svg.contains("nan") && !svg.contains("inf") && !svg.contains("\"–"))
  }

  @Test("an axis has two to twelve labels, no two alike", arguments: Gallery.plots.map(\.name))
  func labels(name: String) throws {
    let plot = try #require(Gallery.plots.first { $0.name == name }).plot
    for panel in plot.panels {
      var single = plot
      single.panels = [panel]
      let texts = TextBox.all(PlotDrawing(single).svg)
      let numbers = texts.filter { $0.text.contains(/^−?[0-9][0-9.,]*(e−?[0-9]+)?$/) }
      // Beside the y axis they end at one x, below the x axis they stand at one y.
      let groups = [
        Dictionary(grouping: numbers, by: \.x.upperBound).values.max { $0.count < $1.count },
        Dictionary(grouping: numbers, by: \.y.upperBound).values.max { $0.count < $1.count },
      ].compactMap { $0?.map(\.text) }
      for group in groups where name != "values beyond" {
        // A single step has one.
        #expect((1...12).contains(group.count), "\(group)")
        #expect(Set(group).count == group.count, "\(group)")
      }
    }
  }

  @Test("what is drawn stays inside of its panel")
  func inside() throws {
    for (name, plot) in Gallery.plots {
      var single = plot
      single.panels = Array(plot.panels.suffix(2).prefix(1))
      let svg = PlotDrawing(single).svg
      let lines = svg.split(separator: "\n")
      let axis = try #require(lines.last { $0.contains("class=\"axis\"") })
      let ends = try ["x1", "x2", "y1"].map { key in
        try #require(TextBox.number(key, axis.drop { $0 == " " }))
      }
      // A single panel is 300 pixels high.
      let top = ends[2] - 300
      for line in lines where line.contains("<poly") && !line.contains("class=\"mark") {
        for pair in line.matches(of: /([0-9.-]+),([0-9.-]+)/) {
          let (x, y) = (try #require(Double(pair.1)), try #require(Double(pair.2)))
          #expect(x >= ends[0] - 0.01 && x <= ends[1] + 0.01, "\(name): \(x)")
          #expect(y >= top - 0.01 && y <= ends[2] + 0.01, "\(name): \(y)")
        }
      }
    }
  }
}
