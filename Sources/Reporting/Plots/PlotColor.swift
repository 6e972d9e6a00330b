/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), each in a shade for
/// light and one for dark surroundings. Marks and dashes differ, too, so that nothing depends on
/// colour alone.
public enum PlotColor: String, Sendable, CaseIterable {
  case blue, vermilion, green, purple, orange, teal, ink, grey

  /// On white.
  package var light: String {
    switch self {
    case .blue: "#0072b2"
    case .vermilion: "#c04f00"
    case .green: "#00805d"
    case .purple: "#a8518a"
    case .orange: "#9a6700"
    case .teal: "#1b7c83"
    case .ink: "#1f2328"
    case .grey: "#6e7781"
    }
  }

  /// On near-black.
  package var dark: String {
    switch self {
    case .blue: "#56b4e9"
    case .vermilion: "#f0883e"
    case .green: "#2fc18c"
    case .purple: "#d991bd"
    case .orange: "#e3b341"
    case .teal: "#76e3ea"
    case .ink: "#e6edf3"
    case .grey: "#9ba5b0"
    }
  }

  /// Lengths of dashes and gaps of its lines; empty for an unbroken one.
  package var dashes: String {
    switch self {
    case .blue, .grey: ""
    case .vermilion: "7 3"
    case .green: "2 2.5"
    case .purple: "8 3 2 3"
    case .orange: "12 3"
    case .teal: "5 2 1 2 1 2"
    case .ink: "3 6"
    }
  }

  /// Those of lines that are distinguished by name, in their order.
  package static let ofLines = allCases.filter { $0 != .grey }

  /// The colour of a condition, the same in every plot.
  static func of(condition: String) -> PlotColor {
    switch condition {
    case "canonical": .green
    case "distorted", "raw": .vermilion
    case "corrected": .blue
    default: .purple
    }
  }
}
