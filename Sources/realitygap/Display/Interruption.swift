import Dispatch
import Foundation
import Support
import Synchronization

/// Thrown when the work stops on request, after everything is saved.
struct Interrupted: Error {
  /// SIGINT, SIGTERM or SIGUSR1.
  let signal: Int32
  /// What was kept and how to continue.
  let message: String

  /// 128 + the signal's number, as shells have it: 130 after Ctrl-C, 143 after SIGTERM, 138
  /// after SIGUSR1.
  var status: Int32 { 128 + signal }
}

/// Ctrl-C, SIGTERM, and SIGUSR1, by which Slurm can warn before a job's time is up. A command that has something to save handles them itself; the others are
/// terminated immediately, on a line of their own and without half-written files.
enum Interruption {
  private struct State {
    /// What the command said it would do, once it handles signals itself.
    var intent: String?
    /// The first signal that came.
    var signal: Int32?
    /// What is still to be done when the process is terminated immediately.
    var last: (@Sendable () -> Void)?
  }

  private static let state = Mutex(State())
  /// Only kept alive.
  private static let sources = Mutex<[any DispatchSourceSignal]>([])

  /// Called once, before a command runs.
  static func watch() {
    sources.withLock { sources in
      sources = [SIGINT, SIGTERM, SIGUSR1].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { handle(number) }
        source.resume()
        return source
      }
    }
  }

  /// From now on the first signal is only recorded: the command looks at `isRequested` and saves.
  ///
  /// - Parameter intent: what it does then, e.g. `stopping after this batch`.
  static func takeOver(saying intent: String) { state.withLock { $0.intent = intent } }

  /// What to do when the process is terminated immediately; it must be short.
  static func beforeEnd(_ last: @escaping @Sendable () -> Void) {
    state.withLock { $0.last = last }
  }

  /// Whether somebody asked to stop.
  static var isRequested: Bool { state.withLock { $0.signal } != nil }

  /// The end of a command that was asked to stop and has saved.
  static func interrupted(_ message: String) -> Interrupted {
    Interrupted(signal: state.withLock { $0.signal } ?? SIGINT, message: message)
  }

  private static func handle(_ number: Int32) {
    let intent = state.withLock { state -> String? in
      defer { state.signal = state.signal ?? number }
      return state.signal == nil ? state.intent : nil
    }
    // A terminal has shown ^C, on the progress line or without one; a log needs no empty line.
    OpenLine.leave(always: number == SIGINT && Terminal.isOne(STDERR_FILENO))
    if let intent {
      OpenLine.note("\(intent); interrupt again to stop immediately")
    } else {
      end(with: number)
    }
  }

  private static func end(with number: Int32) {
    Unfinished.removeAll()
    state.withLock { $0.last }?()
    OpenLine.note("stopped")
    _exit(128 + number)
  }
}
