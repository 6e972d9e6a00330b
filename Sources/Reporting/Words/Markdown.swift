/// Texts from outside in Markdown.
enum Markdown {
  /// A cell of a pipe table: bars would end it, and so would a line break.
  static func cell(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// Code within a line, whatever backticks it holds.
  static func code(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard line.contains("`") else { return "`\(line)`" }
    let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
    return "\(fence) \(line) \(fence)"
  }

  /// The alternative text of a picture: its brackets would end it.
  static func alternative(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// A line of prose as it stands, whatever names are in it. Underscores stay: within words they mean
  /// nothing.
  static func plain(_ text: String) -> String {
    text.map { "\\`*<>[]".contains($0) ? "\\\($0)" : "\($0)" }.joined()
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// A block of shell commands, or of another language.
  static func block(_ text: String, language: String = "sh") -> String {
    let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
    return "\(fence)\(language)\n\(text)\n\(fence)\n"
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    var longest = 0
    var run = 0
    for other in text {
      run = other == character ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }
}
