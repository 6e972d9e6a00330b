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
    let styles = [
      Date.ISO8601FormatStyle().year().month().day(), Date.ISO8601FormatStyle(),
      Date.ISO8601FormatStyle(includingFractionalSeconds: true),
    ]
    guard let date = styles.lazy.compactMap({ try? $0.parse(argument) }).first else { return nil }
    self.date = date
  }
}
