/// What MLflow's servers accept (`mlflow/utils/validation.py`).
package enum MLflowLimits {
  static let metrics = 1000
  static let parameters = 100
  static let tags = 100
  /// Characters of the name of a parameter, metric or tag.
  static let name = 250
  static let parameterValue = 6000
  static let tagValue = 5000

  /// A name of letters, digits, `_`, `-`, `.`, `/` and space, as MLflow wants them; other characters
  /// become `_`. It must not be a path that leads elsewhere, e.g. `a//b` or `../b`.
  package static func name(_ text: String) -> String {
    let plain = text.map { character in
      character.isASCII && (character.isLetter || character.isNumber) || "_-./ ".contains(character)
        ? character : "_"
    }
    let parts = String(plain).split(separator: "/").map { part in
      part.allSatisfy { $0 == "." } ? String(repeating: "_", count: part.count) : String(part)
    }
    return shortened(parts.joined(separator: "/"), to: name)
  }

  /// A text of at most so many characters, with an ellipsis where something is cut off.
  static func shortened(_ text: String, to limit: Int) -> String {
    text.unicodeScalars.count <= limit
      ? text
      : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
  }
}

extension Array {
  /// Pieces of at most `size` elements, in order.
  func pieces(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
