/// A picture of one or several panels with axes, which `PlotDrawing` sets as SVG.
public struct Plot: Sendable, Equatable {
  /// What it shows, in a line; also read out by screen readers.
  public var title: String
  /// What can be seen in it, for those who cannot see it.
  public var description: String
  public var panels: [PlotPanel]
  /// Panels beside each other.
  public var columns: Int
  /// What intervals are, for the legend.
  public var intervals: String

  public init(
    title: String, description: String, panels: [PlotPanel], columns: Int = 1,
    intervals: String = "95 % interval"
  ) {
    self.title = title
    self.description = description
    self.panels = panels
    self.columns = columns
    self.intervals = intervals
  }
}

/// Two axes and the data between them.
public struct PlotPanel: Sendable, Equatable {
  public var title: String
  public var x: PlotAxis
  public var y: PlotAxis
  public var series: [PlotSeries]
  public var guides: [PlotGuide]
  /// A line of text in the panel, e.g. `ECE 12.3 %`.
  public var note: String
  /// Stretches of x with a meaning of their own, in their order.
  public var phases: [PlotPhase]

  public init(
    title: String, x: PlotAxis, y: PlotAxis, series: [PlotSeries], guides: [PlotGuide] = [],
    note: String = "", phases: [PlotPhase] = []
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.guides = guides
    self.note = note
    self.phases = phases
  }

  /// Whether there is a value to show.
  var hasData: Bool {
    series.flatMap(\.points).contains { point in
      point.x.isFinite && point.y.isFinite && (!y.isLogarithmic || point.y > 0)
    }
  }
}

/// A stretch of a panel's x axis, shaded and named above the data.
public struct PlotPhase: Sendable, Equatable {
  public var name: String
  public var range: ClosedRange<Double>

  public init(name: String, range: ClosedRange<Double>) {
    self.name = name
    self.range = range
  }
}

/// One axis of a panel.
public struct PlotAxis: Sendable, Equatable {
  public var title: String
  /// What the values count, e.g. `%`; empty for pure numbers.
  public var unit: String
  /// What it covers at least; the data widen it.
  public var range: ClosedRange<Double>?
  /// Powers of ten at even distances. Values that are not above 0 are then left out.
  public var isLogarithmic: Bool
  /// Marked at whole numbers alone.
  public var isWhole: Bool

  public init(
    _ title: String, unit: String = "", range: ClosedRange<Double>? = nil,
    isLogarithmic: Bool = false, isWhole: Bool = false
  ) {
    self.title = title
    self.unit = unit
    self.range = range
    self.isLogarithmic = isLogarithmic
    self.isWhole = isWhole
  }

  /// `rotation, °`.
  var name: String { unit.isEmpty ? title : "\(title), \(unit)" }

  /// `rotation, °`, and that it is logarithmic where it is.
  package var label: String { name + (isLogarithmic ? " (log scale)" : "") }
}

/// Values of one kind in a panel.
public struct PlotSeries: Sendable, Equatable {
  /// How values are drawn.
  public enum Style: Sendable {
    /// A line with a band for its intervals. A value that is not finite interrupts it.
    case line
    /// A line with a mark at each value, and a band for its intervals.
    case markedLine
    /// Marks with error bars.
    case marks
    /// Bars from 0, of the width of their intervals along x.
    case bars
  }

  /// One value with its interval.
  public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double
    /// Of y, or, for bars, the bar's ends along x.
    public var interval: ClosedRange<Double>?

    public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.interval = interval
    }
  }

  /// For the legend; series of one name in several panels are one entry. Empty for none.
  public var name: String
  public var color: PlotColor
  public var style: Style
  public var points: [Point]

  public init(name: String, color: PlotColor, style: Style, points: [Point]) {
    self.name = name
    self.color = color
    self.style = style
    self.points = points
  }
}

/// A line to compare with.
public enum PlotGuide: Sendable, Equatable {
  /// At one y, with its legend's text.
  case horizontal(Double, name: String)
  /// y = x, with its legend's text.
  case diagonal(name: String)
}
