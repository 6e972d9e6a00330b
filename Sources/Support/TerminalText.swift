/// The width of a text on a terminal, and cutting and wrapping to a width.
public enum TerminalText {
  /// Columns that a text takes: two for what is wide in East Asian fonts and for emoji, none for
  /// combining marks, control characters and ANSI escape sequences.
  public static func width(_ text: some StringProtocol) -> Int {
    pieces(text).reduce(0) { $0 + $1.width }
  }

  /// A text cut to some columns, the last of which is an ellipsis where something was cut off.
  /// Escape sequences stay, also those behind the cut, so that no colour runs on.
  public static func cut(_ text: String, to columns: Int) -> String {
    let pieces = pieces(text)
    guard pieces.reduce(0, { $0 + $1.width }) > columns else { return text }
    guard columns > 0 else { return "" }
    var result = ""
    var room = columns - 1
    var isCut = false
    for piece in pieces {
      if piece.isEscape {
        result += piece.text
      } else if !isCut, piece.width <= room {
        result += piece.text
        room -= piece.width
      } else if !isCut {
        result += "…"
        isCut = true
      }
    }
    return result
  }

  /// A text on one line without anything that moves the cursor: control characters become spaces.
  public static func line(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { isControl($0) ? " " : $0 }))
  }

  /// A text in lines of at most `columns` columns, broken at spaces, or, in words that are longer,
  /// anywhere.
  public static func wrap(_ text: String, to columns: Int) -> [String] {
    let columns = max(columns, 1)
    var lines: [String] = []
    for paragraph in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      var line = ""
      for word in paragraph.split(separator: " ") {
        let room = columns - width(line) - (line.isEmpty ? 0 : 1)
        if width(word) <= room {
          line += (line.isEmpty ? "" : " ") + word
          continue
        }
        if !line.isEmpty { lines.append(line) }
        let parts = broken(String(word), into: columns)
        lines += parts.dropLast()
        line = parts.last ?? ""
      }
      lines.append(line)
    }
    return lines
  }

  /// A word in parts of at most `columns` columns.
  private static func broken(_ word: String, into columns: Int) -> [String] {
    var parts = [""]
    var room = columns
    for piece in pieces(word) {
      if piece.width > room, parts[parts.count - 1] != "" {
        parts.append("")
        room = columns
      }
      parts[parts.count - 1] += piece.text
      room -= piece.width
    }
    return parts
  }

  /// A character, or a whole escape sequence.
  private struct Piece {
    var text: String
    var width: Int
    var isEscape = false
  }

  private static func pieces(_ text: some StringProtocol) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Substring(text).unicodeScalars[...]
    while let first = rest.first {
      if first == "\u{1B}" {
        let end = escapeEnd(rest)
        pieces.append(Piece(text: String(rest[..<end]), width: 0, isEscape: true))
        rest = rest[end...]
        continue
      }
      rest.removeFirst()
      let width = width(first)
      if width == 0, let last = pieces.last, !last.isEscape, !isControl(first) {
        pieces[pieces.count - 1].text.unicodeScalars.append(first)
        // A variation selector makes an emoji, which is wide, of what stands before it.
        if first == "\u{FE0F}", last.width == 1 { pieces[pieces.count - 1].width = 2 }
      } else {
        pieces.append(Piece(text: String(first), width: width))
      }
    }
    return pieces
  }

  /// Where an escape sequence ends: `ESC [ … letter`, `ESC ] … BEL` or `ESC \`, or ESC and one more.
  private static func escapeEnd(
    _ scalars: Substring.UnicodeScalarView.SubSequence
  ) -> Substring.UnicodeScalarView.Index {
    var index = scalars.index(after: scalars.startIndex)
    guard index < scalars.endIndex else { return index }
    let kind = scalars[index]
    index = scalars.index(after: index)
    guard kind == "[" || kind == "]" else { return index }
    while index < scalars.endIndex {
      let scalar = scalars[index]
      index = scalars.index(after: index)
      if kind == "[", (0x40...0x7E).contains(scalar.value) { break }
      if kind == "]", scalar == "\u{7}" { break }
      if kind == "]", scalar == "\\" { break }
    }
    return index
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return isControl(scalar) || scalar == "\u{AD}" ? 0 : 1 }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .nonspacingMark, .enclosingMark, .format:
      return 0
    default: break
    }
    if (0x1160...0x11FF).contains(scalar.value) { return 0 }
    let isFlag = (0x1F1E6...0x1F1FF).contains(scalar.value)
    if scalar.properties.isEmojiPresentation, !isFlag { return 2 }
    return wide.contains { $0.contains(scalar.value) } ? 2 : 1
  }

  /// Unicode's East Asian Width W and F (EastAsianWidth.txt, 15.1) in blocks, emoji apart.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
    0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF,
    0x1AFF0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
  ]
}
