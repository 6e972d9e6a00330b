import Foundation
import Support
import Synchronization

/// Progress on standard error: one line that is written over on a terminal, cut to its width, a plain
/// line every ten seconds otherwise.
final class Progress: Sendable {
  private let state: Mutex<State>
  private let isTerminal = Terminal.isOne(STDERR_FILENO)

  private struct State {
    var start: ContinuousClock.Instant
    var lastShown: ContinuousClock.Instant?
    /// What was already done when the work was resumed.
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
      let line = ProgressLine(
        what: what, done: done, total: total, unit: unit, extra: extra, seconds: seconds,
        rate: seconds > 0 ? Double(done - state.before) / seconds : 0)
      if isTerminal {
        // A terminal that does not say how wide it is has mostly 80 columns. The last ones stay free:
        // with the very last some terminals go to the next line, and ^C has its place, too.
        let columns = (Terminal.columns(of: STDERR_FILENO) ?? 80) - 3
        OpenLine.show(line.text(columns: columns), ends: isLast)
      } else {
        StandardStreams.writeError(line.text() + "\n")
      }
    }
  }

  /// A line of its own, e.g. a warning, that does not tear the progress line.
  func note(_ text: String) { state.withLock { _ in OpenLine.note(text) } }
}

/// What a line of progress says, and what of it where there is little room.
struct ProgressLine {
  var what: String
  var done: Int
  var total: Int
  var unit: String
  var extra = ""
  /// Since the work began.
  var seconds: Double
  /// Units per second.
  var rate: Double

  /// One line of at most so many columns: first the extras go, then the middle of what it is about.
  func text(columns: Int = .max) -> String {
    let facts = TerminalText.line(counts)
    let what = TerminalText.line(what)
    let full = "\(what): \(facts)\(TerminalText.line(extra))"
    if TerminalText.width("\(what): \(facts)") <= columns {
      return TerminalText.cut(full, to: columns)
    }
    let room = columns - TerminalText.width(facts) - 2
    let short = room < 8 ? TerminalText.cut(what, to: 8) : TerminalText.cut(what, to: room)
    return TerminalText.cut("\(short): \(facts)", to: columns)
  }

  private var counts: String {
    let percent = total > 0 ? 100 * done / total : 100
    let counts = "\(done)/\(total) \(unit) (\(percent) %)"
    guard rate > 0 else { return counts }
    let time =
      done >= total
      ? "took \(DurationText.clock(seconds))"
      : "\(DurationText.clock(Double(total - done) / rate)) left"
    return counts + String(format: ", %.1f %@/s, ", rate, unit) + time
  }
}

/// The line of a terminal on which progress stands, whoever shows it; a process has one.
enum OpenLine {
  /// Columns that stand on it; `nil` when the cursor is at the beginning of a line.
  private static let width = Mutex<Int?>(nil)

  /// Writes over the line.
  static func show(_ text: String, ends: Bool) {
    width.withLock { width in
      StandardStreams.writeError(erasure(width) + text + (ends ? "\n" : ""))
      width = ends ? nil : TerminalText.width(text)
    }
  }

  /// Writes lines in its place, broken between words; the next progress comes below.
  static func note(_ text: String) {
    let text =
      Terminal.columns(of: STDERR_FILENO).map {
        TerminalText.wrap(text, to: $0).joined(separator: "\n")
      } ?? text
    width.withLock { width in
      StandardStreams.writeError((width == nil ? "" : erasure(width)) + text + "\n")
      width = nil
    }
  }

  /// Leaves the line as it is, so that what comes next stands on one of its own.
  static func leave(always: Bool = false) {
    width.withLock { width in
      if always || width != nil { StandardStreams.writeError("\n") }
      width = nil
    }
  }

  private static func erasure(_ width: Int?) -> String {
    if Terminal.understandsEscapes(STDERR_FILENO) { return "\r\u{1B}[K" }
    return "\r" + String(repeating: " ", count: width ?? 0) + "\r"
  }
}
