/// The Markdown of the program's own reports as HTML: headings, paragraphs, pipe tables, lists of two
/// levels, blocks of code and pictures. Whatever else a text holds is shown as it stands.
struct MarkdownPage {
  /// Where a picture of the report is.
  let picture: (String) -> String
  private var html = ""

  /// - Parameter picture: the address of a file that lies beside the report.
  init(picture: @escaping (String) -> String) { self.picture = picture }

  /// The page's HTML.
  mutating func html(_ markdown: String) -> String {
    html = ""
    var lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)[...]
    while let line = lines.first {
      if line.allSatisfy(\.isWhitespace) {
        lines.removeFirst()
      } else if line.hasPrefix("```") {
        code(&lines)
      } else if line.hasPrefix("#") {
        heading(line)
        lines.removeFirst()
      } else if line.hasPrefix("|") {
        table(&lines)
      } else if line.hasPrefix("- ") {
        list(&lines)
      } else {
        paragraph(&lines)
      }
    }
    return html
  }

  private mutating func heading(_ line: Substring) {
    let level = min(6, line.prefix { $0 == "#" }.count)
    let text = inline(line.drop { $0 == "#" }.drop { $0 == " " })
    html += "<h\(level)>\(text)</h\(level)>\n"
  }

  private mutating func code(_ lines: inout ArraySlice<Substring>) {
    let fence = lines.removeFirst().prefix { $0 == "`" }
    let end = lines.firstIndex(of: fence) ?? lines.endIndex
    let text = lines[lines.startIndex..<end].joined(separator: "\n")
    html += "<pre tabindex=\"0\"><code>\(Self.escaped(text))</code></pre>\n"
    lines = lines[min(end + 1, lines.endIndex)...]
  }

  private mutating func paragraph(_ lines: inout ArraySlice<Substring>) {
    let own = lines.prefix { line in
      !line.allSatisfy(\.isWhitespace) && !["```", "|", "- "].contains(where: line.hasPrefix)
    }
    lines = lines.dropFirst(max(1, own.count))
    html += "<p>\(inline(own.joined(separator: "\n")[...]))</p>\n"
  }

  private mutating func list(_ lines: inout ArraySlice<Substring>) {
    html += "<ul>\n"
    while let line = lines.first, line.hasPrefix("- ") {
      lines.removeFirst()
      var text = String(line.dropFirst(2))
      var inner: [Substring] = []
      while let next = lines.first, next.hasPrefix("  ") {
        lines.removeFirst()
        let rest = next.drop { $0 == " " }
        if rest.hasPrefix("- ") { inner.append(rest.dropFirst(2)) } else { text += "\n" + rest }
      }
      let items = inner.map { "<li>\(inline($0))</li>" }.joined()
      html += "<li>\(inline(text[...]))\(inner.isEmpty ? "" : "<ul>\(items)</ul>")</li>\n"
    }
    html += "</ul>\n"
  }

  private mutating func table(_ lines: inout ArraySlice<Substring>) {
    let own = lines.prefix { $0.hasPrefix("|") }
    lines = lines.dropFirst(own.count)
    let rows = own.map(Self.cells)
    guard rows.count > 1 else { return }
    let isNumber = rows[1].map { $0.hasSuffix(":") }
    func row(_ cells: [Substring], _ tag: String) -> String {
      cells.enumerated().map { column, cell in
        let right = isNumber.indices.contains(column) && isNumber[column]
        let scope = tag == "th" ? " scope=\"col\"" : ""
        return "<\(tag)\(scope)\(right ? " class=\"number\"" : "")>\(inline(cell))</\(tag)>"
      }.joined()
    }
    html += "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>\n"
    html += "<thead><tr>\(row(rows[0], "th"))</tr></thead>\n<tbody>\n"
    for cells in rows.dropFirst(2) { html += "<tr>\(row(cells, "td"))</tr>\n" }
    html += "</tbody></table></div>\n"
  }

  /// A row's cells: bars that are escaped belong to them.
  private static func cells(_ line: Substring) -> [Substring] {
    var cells: [Substring] = []
    var start: Substring.Index?
    var isEscaped = false
    for index in line.indices {
      if line[index] == "|", !isEscaped {
        if let start { cells.append(line[start..<index].trimmed) }
        start = line.index(after: index)
      }
      isEscaped = line[index] == "\\" && !isEscaped
    }
    return cells
  }

  /// Code, strong text, pictures and links within a text.
  private func inline(_ text: Substring) -> String {
    var (rest, html) = (text, "")
    while let first = rest.first {
      if first == "\\", let next = rest.dropFirst().first, "\\`*<>[]|".contains(next) {
        html += Self.escaped("\(next)")
        rest = rest.dropFirst(2)
      } else if first == "`", let (code, after) = Self.code(rest) {
        html += "<code>\(Self.escaped(code))</code>"
        rest = after
      } else if rest.hasPrefix("**"), let end = rest.dropFirst(2).firstRange(of: "**") {
        html += "<strong>\(inline(rest.dropFirst(2)[..<end.lowerBound]))</strong>"
        rest = rest[end.upperBound...]
      } else if rest.hasPrefix("!["), let link = Self.link(rest.dropFirst()) {
        let (address, alt) = (Self.escaped(picture(String(link.target))), Self.plain(link.text))
        html += "<img loading=\"lazy\" src=\"\(address)\" alt=\"\(Self.escaped(alt))\">"
        rest = link.rest
      } else if first == "[", let link = Self.link(rest) {
        // A report links to pages beside it, which are not here.
        html += inline(link.text)
        rest = link.rest
      } else {
        html += Self.escaped("\(first)")
        rest = rest.dropFirst()
      }
    }
    return html
  }

  private static func code(_ text: Substring) -> (code: String, rest: Substring)? {
    let fence = text.prefix { $0 == "`" }
    let body = text.dropFirst(fence.count)
    guard let end = body.firstRange(of: fence) else { return nil }
    return (String(body[..<end.lowerBound].trimmed), body[end.upperBound...])
  }

  /// `[text](target)`.
  private static func link(
    _ text: Substring
  ) -> (text: Substring, target: Substring, rest: Substring)? {
    var isEscaped = false
    for index in text.indices.dropFirst() {
      if text[index] == "]", !isEscaped {
        let after = text[text.index(after: index)...]
        guard after.hasPrefix("("), let end = after.firstIndex(of: ")") else { return nil }
        return (
          text[text.index(after: text.startIndex)..<index],
          after[after.index(after: after.startIndex)..<end], after[after.index(after: end)...]
        )
      }
      isEscaped = text[index] == "\\" && !isEscaped
    }
    return nil
  }

  /// Without backslashes that keep a character from meaning something.
  private static func plain(_ text: Substring) -> String {
    var (plain, isEscaped) = ("", false)
    for character in text {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        plain.append(character)
        isEscaped = false
      }
    }
    return plain
  }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

extension Substring {
  /// Without spaces at its ends.
  fileprivate var trimmed: Substring {
    let start = drop { $0 == " " }
    guard let last = start.lastIndex(where: { $0 != " " }) else { return "" }
    return start[...last]
  }
}
