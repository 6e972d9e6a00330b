extension StringProtocol {
  /// The text as it may be shown in a message: without control characters, and not endless. Names
  /// inside a file are whatever its author wrote, terminal commands included.
  package var printable: String {
    String(String.UnicodeScalarView(unicodeScalars.prefix(200))).plain
      + (unicodeScalars.dropFirst(200).isEmpty ? "" : "…")
  }

  /// The same of any length.
  package var plain: String {
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      let plain = !scalar.properties.isBidiControl && scalar.properties.generalCategory != .control
      shown.append(plain ? scalar : "?")
    }
    return String(shown)
  }
}

extension [String] {
  /// The first six, and how many more there are, as one text.
  package var abridged: String {
    let shown = prefix(6).map(\.printable).joined(separator: ", ")
    return count > 6 ? "\(shown) and \(count - 6) more" : shown
  }
}
