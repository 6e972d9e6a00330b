/// A picture of one or several panels with axes, which `PlotDrawing` sets as SVG.
public struct Plot: Sendable, Equatable {
  /// What it shows, in a line; also read out by screen readers.
  public var title: String
  /// What can be seen in it, for those who cannot see it.
  public var description: String
  /// Row by row.
  public var panels: [PlotPanel]
  /// Panels beside each other.
  public var columns: Int
  /// What intervals are, for the legend.
  public var intervals: String

  /// A plot of these panels.
  public init(
    title: String, description: String, panels: [PlotPanel], columns: Int = 1,
    intervals: String = "95 % interval"
  ) {
    (self.title, self.description, self.panels) = (title, description, panels)
    (self.columns, self.intervals) = (columns, intervals)
  }
}

/// Two axes and the data between them.
public struct PlotPanel: Sendable, Equatable {
  /// Above the data; empty for none.
  public var title: String
  /// Across.
  public var x: PlotAxis
  /// Upwards.
  public var y: PlotAxis
  /// From back to front, within one style.
  public var series: [PlotSeries]
  /// Behind the lines and marks.
  public var guides: [PlotGuide]
  /// A line of text in the panel, e.g. `ECE 12.3 %`.
  public var note: String
  /// Stretches of x with a meaning of their own, in their order.
  public var phases: [PlotPhase]

  /// A panel of these series.
  public init(
    title: String, x: PlotAxis, y: PlotAxis, series: [PlotSeries], guides: [PlotGuide] = [],
    note: String = "", phases: [PlotPhase] = []
  ) {
    (self.title, self.x, self.y) = (title, x, y)
    (self.series, self.guides, self.note) = (series, guides, note)
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
  /// Above its stretch, or in the legend where there is no room.
  public var name: String
  /// Along x.
  public var range: ClosedRange<Double>
}

/// One axis of a panel.
public struct PlotAxis: Sendable, Equatable {
  /// What the values are, e.g. `rotation`.
  public var title: String
  /// What the values count, e.g. `%`; empty for pure numbers.
  public var unit: String
  /// What it covers at least; the data widen it.
  public var range: ClosedRange<Double>?
  /// Powers of ten at even distances. Values that are not above 0 are then left out.
  public var isLogarithmic: Bool
  /// Marked at whole numbers alone.
  public var isWhole: Bool

  /// A linear axis that covers its data, unless something is said.
  public init(
    _ title: String, unit: String = "", range: ClosedRange<Double>? = nil,
    isLogarithmic: Bool = false, isWhole: Bool = false
  ) {
    (self.title, self.unit, self.range) = (title, unit, range)
    (self.isLogarithmic, self.isWhole) = (isLogarithmic, isWhole)
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
    /// Along the x axis, in its unit.
    public var x: Double
    /// Along the y axis, in its unit; not finite where there is no value.
    public var y: Double
    /// Of y, or, for bars, the bar's ends along x.
    public var interval: ClosedRange<Double>?

    /// A value, with its interval where it has one.
    public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      (self.x, self.y, self.interval) = (x, y, interval)
    }
  }

  /// For the legend; series of one name in several panels are one entry. Empty for none.
  public var name: String
  /// Also decides the form of marks and dashes.
  public var color: PlotColor
  /// How its points are drawn.
  public var style: Style
  /// In the order in which a line joins them.
  public var points: [Point]

  /// Points that are drawn alike.
  public init(name: String, color: PlotColor, style: Style, points: [Point]) {
    (self.name, self.color) = (name, color)
    (self.style, self.points) = (style, points)
  }
}

/// A line to compare with.
public enum PlotGuide: Sendable, Equatable {
  /// At one y, with its legend's text.
  case horizontal(Double, name: String)
  /// y = x, with its legend's text.
  case diagonal(name: String)
}
