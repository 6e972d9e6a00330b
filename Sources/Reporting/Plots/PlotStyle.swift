/// How plots look: sizes in pixels, and the style sheet with colours for light and dark.
enum PlotStyle {
  static let fontSize = 12.0
  static let titleSize = 15.0
  static let lineHeight = 18.0
  static let titleHeight = 20.0
  static let padding = 14.0

  /// Room around a panel's square of data, besides that of the labels.
  static let right = 12.0
  static let top = 12.0
  static let bottom = 48.0
  /// From a label of the y axis to the axis.
  static let tickGap = 6.0
  /// What the title of the y axis takes.
  static let axisTitle = 27.0

  /// The size of a panel's square of data, by the number of columns.
  static func dataSize(columns: Int) -> (width: Double, height: Double) {
    switch columns {
    case ...1: (620, 300)
    case 2: (388, 220)
    case 3: (240, 220)
    default: (168, 150)
    }
  }

  /// How wide a letter is, of a font's size. In DejaVu Sans, one of the widest, digits are 0.636.
  private static let letter = 0.64

  /// About how wide a text is, rather too wide than too narrow; fonts differ.
  static func width(_ text: String, size: Double = fontSize) -> Double {
    Double(text.count) * size * letter
  }

  /// A text, cut where it would be wider than `width`.
  static func fitted(_ text: String, width: Double, size: Double = fontSize) -> String {
    let most = Int(max(width, 0) / (size * letter))
    return text.count <= most ? text : String(text.prefix(max(most - 1, 0))) + "…"
  }

  /// A text in lines of at most `width`, broken between words; what three lines do not hold is cut.
  static func lines(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      let longer = lines.last.map { "\($0) \(word)" } ?? word
      if lines.isEmpty || Self.width(longer, size: size) > width && lines.count < 3 {
        lines.append(word)
      } else {
        lines[lines.count - 1] = longer
      }
    }
    return lines.map { fitted($0, width: width, size: size) }
  }

  /// Colours with a background of their own, so that a picture can be read wherever it stands; the
  /// dark ones apply where the reader's system or site asks for dark.
  static var sheet: [String] {
    func colors(_ shade: (PlotColor) -> String) -> String {
      PlotColor.allCases.map { color in
        ".s-\(color.rawValue){stroke:\(shade(color))}.f-\(color.rawValue){fill:\(shade(color))}"
      }.joined()
    }
    return [
      "text{font-family:-apple-system,\"Segoe UI\",Roboto,Helvetica,Arial,\"DejaVu Sans\",sans-serif;"
        + "font-size:\(PlotNumbers.coordinate(fontSize))px;fill:#1f2328}",
      ".title{font-size:\(PlotNumbers.coordinate(titleSize))px;font-weight:600}.head{font-weight:600}",
      ".muted{fill:#59636e}.back{fill:#ffffff}.axis{stroke:#8c959f;fill:none}",
      ".grid{stroke:#d8dee4;stroke-width:.8}.guide{stroke:#59636e;stroke-dasharray:4 3;fill:none}",
      ".line{fill:none;stroke-width:2;stroke-linejoin:round}.band{fill-opacity:.18}",
      ".phase{fill:#59636e;fill-opacity:.09}.bar{fill-opacity:.4}.error{stroke-width:1.3}.mark{stroke-width:0}",
      colors(\.light),
      "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.muted{fill:#9ba5b0}"
        + ".phase{fill:#9ba5b0;fill-opacity:.13}"
        + ".back{fill:#0d1117}.axis{stroke:#6e7681}.grid{stroke:#2a313a}.guide{stroke:#9ba5b0}"
        + colors(\.dark) + "}",
    ]
  }
}
