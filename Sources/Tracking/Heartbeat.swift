import Dispatch
import Foundation
import Synchronization

/// Signs of life: while runs of this process are at work, their rows say so every few seconds, so
/// that other hosts and containers, which cannot see the process, know that it lives.
package final class Heartbeat: Sendable {
  /// Seconds between two signs.
  package static let interval = 15.0
  /// Seconds without a sign after which a process that cannot be seen counts as gone. One that was
  /// merely asleep says so with its next sign, or its end.
  package static let expiry = 120.0

  private let active = Mutex<Set<Int64>>([])
  private let timer = Mutex<(any DispatchSourceTimer)?>(nil)
  private let interval: Double

  init(interval: Double = Heartbeat.interval) { self.interval = interval }

  deinit { timer.withLock { $0?.cancel() } }

  /// Whether a run of this process is at work.
  func isActive(_ run: Int64) -> Bool { active.withLock { $0.contains(run) } }

  /// A run begins: from now on `beat` is called with the runs at work.
  func begin(_ run: Int64, beat: @escaping @Sendable (Set<Int64>) -> Void) {
    _ = active.withLock { $0.insert(run) }
    timer.withLock { timer in
      guard timer == nil else { return }
      let source = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
      source.schedule(deadline: .now() + interval, repeating: interval, leeway: .seconds(1))
      source.setEventHandler { [weak self] in
        let runs = self?.active.withLock { $0 } ?? []
        if !runs.isEmpty { beat(runs) }
      }
      source.resume()
      timer = source
    }
  }

  /// A run ends: no sign comes after this.
  func end(_ run: Int64) { _ = active.withLock { $0.remove(run) } }
}
