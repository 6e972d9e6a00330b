import Support
import Testing

@Suite("Text on a terminal")
struct TerminalTextTests {
  @Test(
    "wide characters take two columns, marks and escape sequences none",
    arguments: [
      ("plain", 5), ("ŷ", 1), ("y\u{302}", 1), ("日本", 4), ("ｆ", 2), ("🙂", 2), ("❤\u{FE0F}", 2),
      ("\u{1B}[1;31mred\u{1B}[0m", 3), ("\u{1B}]8;;http://x\u{7}link\u{1B}]8;;\u{7}", 4),
      ("▁▂…─→", 5), ("", 0), ("a\u{200B}b", 2),
    ])
  func width(text: String, columns: Int) { #expect(TerminalText.width(text) == columns) }

  @Test("a cut text fits, says that it was cut, and lets no colour run on")
  func cut() {
    #expect(TerminalText.cut("short", to: 5) == "short")
    #expect(TerminalText.cut("longer", to: 5) == "long…")
    // Half a wide character is no character.
    #expect(TerminalText.cut("日本語", to: 4) == "日…")
    #expect(TerminalText.cut("\u{1B}[31mlonger\u{1B}[0m", to: 3) == "\u{1B}[31mlo…\u{1B}[0m")
    #expect(TerminalText.cut("x", to: 0) == "")
    for columns in 0...12 {
      #expect(TerminalText.width(TerminalText.cut("a日b本c🙂ddd", to: columns)) <= columns)
    }
  }

  @Test("lines are broken between words, and within words that are longer than a line")
  func wrap() {
    #expect(TerminalText.wrap("one two three", to: 7) == ["one two", "three"])
    #expect(TerminalText.wrap("abcdefgh ij", to: 3) == ["abc", "def", "gh", "ij"])
    #expect(TerminalText.wrap("日本語", to: 4) == ["日本", "語"])
    #expect(TerminalText.wrap("a\n\nb", to: 9) == ["a", "", "b"])
  }

  @Test("what would move the cursor does not")
  func line() { #expect(TerminalText.line("a\nb\rc\td\u{1B}e") == "a b c d e") }
}
