import Tracking

/// Texts from outside in Markdown.
enum Markdown {
  /// A cell of a pipe table: bars would end it, and so would a line break.
  static func cell(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").onOneLine
  }

  /// Code within a line, whatever backticks it holds.
  static func code(_ text: String) -> String {
    let line = text.onOneLine
    guard line.contains("`") else { return "`\(line)`" }
    let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
    return "\(fence) \(line) \(fence)"
  }

  /// The alternative text of a picture: its brackets would end it.
  static func alternative(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
      .onOneLine
  }

  /// A line of prose as it stands, whatever names are in it. Underscores stay: within words they mean
  /// nothing.
  static func plain(_ text: String) -> String {
    text.map { "\\`*<>[]".contains($0) ? "\\\($0)" : "\($0)" }.joined().onOneLine
  }

  /// A block of shell commands, or of another language.
  static func block(_ text: String, language: String = "sh") -> String {
    let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
    return "\(fence)\(language)\n\(text)\n\(fence)\n"
  }

  /// A note as an entry of a list.
  static func item(_ note: DataNote) -> String { "- \(note.dataset): \(plain(note.text))" }

  /// Lines as entries below an entry of a list: the first 20, and how many more there are.
  static func sublist(_ lines: [String]) -> [String] {
    let named = lines.prefix(20)
    let rest = lines.count - named.count
    return (named + (rest > 0 ? ["and \(Numbers.count(rest)) more"] : [])).map { "  - \($0)" }
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    text.split { $0 != character }.map(\.count).max() ?? 0
  }
}

extension String {
  /// With spaces for line breaks.
  var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
