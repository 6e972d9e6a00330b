import Foundation
import Support
import Synchronization

/// Progress on standard error: one line that is written over on a terminal, a plain line every ten
/// seconds otherwise.
final class Progress: Sendable {
  private let state: Mutex<State>
  private let isTerminal = isatty(STDERR_FILENO) != 0

  private struct State {
    var start: ContinuousClock.Instant
    var lastShown: ContinuousClock.Instant?
    var isLineOpen = false
    /// What was done already when the work went on.
    var before = 0
  }

  init() { state = Mutex(State(start: ContinuousClock.now)) }

  /// Work that was done in an earlier run: it does not count for the rate.
  func resume(at done: Int) { state.withLock { $0.before = done } }

  /// Shows how far the work is; `unit` is what is counted, e.g. `images`.
  func show(_ what: String, done: Int, of total: Int, unit: String, extra: String = "") {
    state.withLock { state in
      let now = ContinuousClock.now
      let isLast = done >= total
      let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
      if let last = state.lastShown, now - last < pause, !isLast { return }
      state.lastShown = now
      let seconds = (now - state.start) / .seconds(1)
      let rate = seconds > 0 ? Double(done - state.before) / seconds : 0
      let percent = total > 0 ? 100 * done / total : 100
      var line = "\(what): \(done)/\(total) \(unit) (\(percent) %)"
      if rate > 0 {
        line += String(format: ", %.1f %@/s", rate, unit)
        line +=
          isLast
          ? ", took \(DurationText.clock(seconds))"
          : ", \(DurationText.clock(Double(total - done) / rate)) left"
      }
      line += extra
      if isTerminal {
        Self.write("\r\u{1B}[K" + line + (isLast ? "\n" : ""))
        state.isLineOpen = !isLast
      } else {
        Self.write(line + "\n")
      }
    }
  }

  /// A line of its own, e.g. a warning, that does not tear the progress line.
  func note(_ text: String) {
    state.withLock { state in
      if state.isLineOpen { Self.write("\r\u{1B}[K") }
      state.isLineOpen = false
      Self.write(text + "\n")
    }
  }

  private static func write(_ text: String) {
    StandardStreams.writeError(text)
  }
}
