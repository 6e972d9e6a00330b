import ArgumentParser
import Foundation

/// A moment: a date, a time, or how long ago.
struct Since: ExpressibleByArgument {
  let date: Date

  /// Reads `2026-11-22` (UTC), `2026-11-22T18:00:00Z`, or `30m`, `12h`, `7d`, `2w`.
  init?(argument: String) {
    let units: [Character: Double] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    if let unit = argument.last.flatMap({ units[$0] }) {
      guard let amount = Double(argument.dropLast()), amount >= 0, amount < 1e6 else { return nil }
      date = Date(timeIntervalSinceNow: -amount * unit)
      return
    }
    // A parser of dates alone would pass over a time.
    let text = argument.count == 10 ? argument + "T00:00:00Z" : argument
    let date =
      (try? Date.ISO8601FormatStyle().parse(text))
      ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
    guard let date else { return nil }
    self.date = date
  }
}
