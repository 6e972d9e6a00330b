import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as a request to stop after the current batch; a second one ends the process.
final class Interruption: @unchecked Sendable {
  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  private let flag = Flag()
  /// Only kept alive; never touched after `init`.
  private let sources: [any DispatchSourceSignal]

  /// Whether somebody asked to stop.
  var isRequested: Bool { flag.isSet.load(ordering: .relaxed) }

  init() {
    let flag = flag
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        guard !flag.isSet.exchange(true, ordering: .relaxed) else {
          // The second time: the default action, which ends the process at once.
          signal(number, SIG_DFL)
          raise(number)
          return
        }
        // A terminal has shown ^C on the progress line; a log needs no empty line.
        StandardStreams.writeError(
          (isatty(STDERR_FILENO) != 0 ? "\n" : "")
            + "stopping after this batch; once more to stop at once\n")
      }
      source.resume()
      return source
    }
  }
}
