/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), each in a shade for
/// light and one for dark surroundings. Marks and dashes differ, too, so that nothing depends on
/// colour alone.
public enum PlotColor: String, Sendable, CaseIterable {
  case blue, vermilion, green, purple, orange, teal, ink, grey

  /// On white, as `#rrggbb`.
  package var light: String { look.light }
  /// On near-black, as `#rrggbb`.
  package var dark: String { look.dark }
  /// Lengths of dashes and gaps of its lines; empty for an unbroken one.
  package var dashes: String { look.dashes }

  private var look: (light: String, dark: String, dashes: String) {
    switch self {
    case .blue: ("#0072b2", "#56b4e9", "")
    case .vermilion: ("#c04f00", "#f0883e", "7 3")
    case .green: ("#00805d", "#2fc18c", "2 2.5")
    case .purple: ("#a8518a", "#d991bd", "8 3 2 3")
    case .orange: ("#9a6700", "#e3b341", "12 3")
    case .teal: ("#1b7c83", "#76e3ea", "5 2 1 2 1 2")
    case .ink: ("#1f2328", "#e6edf3", "3 6")
    case .grey: ("#6e7781", "#9ba5b0", "")
    }
  }

  /// Corners of its marks in units of their size; none for a circle.
  var corners: [(x: Double, y: Double)] {
    let (a, b) = (0.4, 1.2)
    return switch self {
    case .blue, .grey: []
    case .vermilion: [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]
    case .green: [(0, -1.2), (1.1, 0.9), (-1.1, 0.9)]
    case .purple: [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)]
    case .orange: [(0, 1.2), (1.1, -0.9), (-1.1, -0.9)]
    case .teal:
      [
        (-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a),
        (-b, -a), (-a, -a),
      ]
    case .ink: [(-1, -1.1), (1, -1.1), (-1, 1.1), (1, 1.1)]
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
