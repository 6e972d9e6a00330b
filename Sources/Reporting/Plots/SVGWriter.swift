/// Writes elements of an SVG file, one a line.
struct SVGWriter {
  private(set) var text = ""
  private var depth = 0

  /// Text between tags, or in an attribute's quotes. Control characters, which XML cannot hold,
  /// become spaces.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      case _ where scalar.value < 32 || (0x7f...0x9f).contains(scalar.value): result += " "
      case _ where scalar.value == 0xfffe || scalar.value == 0xffff: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// An element that holds nothing, or text.
  mutating func add(_ name: String, _ attributes: [(String, String)], text: String? = nil) {
    let end = text.map { ">\(Self.escaped($0))</\(name)>" } ?? "/>"
    line("<\(name)\(Self.text(attributes))\(end)")
  }

  /// An element that holds others.
  mutating func group(
    _ name: String, _ attributes: [(String, String)], _ body: (inout SVGWriter) -> Void
  ) {
    line("<\(name)\(Self.text(attributes))>")
    depth += 1
    body(&self)
    depth -= 1
    line("</\(name)>")
  }

  /// A line as it is.
  mutating func line(_ content: String) {
    text += String(repeating: "  ", count: depth) + content + "\n"
  }

  private static func text(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
  }
}
