import Foundation

/// Times as the database holds them: ISO 8601, UTC, milliseconds, so that text order is time order.
enum Clock {
  static func now() -> String { text(Date()) }

  static func text(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Reads what `text` wrote.
  static func date(_ text: String) -> Date? {
    try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)
  }
}
