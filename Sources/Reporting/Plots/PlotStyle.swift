/// How plots look: sizes in pixels, and the style sheet with colours for light and dark.
enum PlotStyle {
  static let fontSize = 12.0
  static let titleSize = 15.0
  static let lineHeight = 18.0
  static let padding = 14.0

  /// Room around a panel's square of data.
  static let left = 52.0
  static let right = 12.0
  static let top = 26.0
  /// The same where no panel has anything above its data.
  static let bareTop = 12.0
  static let bottom = 42.0

  /// The size of a panel's square of data, by the number of columns.
  static func dataSize(columns: Int) -> (width: Double, height: Double) {
    switch columns {
    case ...1: (620, 300)
    case 2: (388, 220)
    case 3: (240, 220)
    default: (168, 150)
    }
  }

  /// About how wide a text is; fonts differ.
  static func width(_ text: String, size: Double = fontSize) -> Double {
    Double(text.count) * size * 0.56
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
      ".line{fill:none;stroke-width:2;stroke-linejoin:round}.band{fill-opacity:.14}",
      ".bar{fill-opacity:.4}.error{stroke-width:1.3}.mark{stroke-width:0}",
      colors(\.light),
      "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.muted{fill:#9ba5b0}"
        + ".back{fill:#0d1117}.axis{stroke:#6e7681}.grid{stroke:#2a313a}.guide{stroke:#9ba5b0}"
        + colors(\.dark) + "}",
    ]
  }
}
