import Dispatch
import Foundation
import Synchronization

/// Heartbeats: while runs of this process are active, their rows are updated every few seconds, so
/// that other hosts and containers, which cannot see the process, know that it is alive.
package final class Heartbeat: Sendable {
  /// Seconds between two heartbeats.
  package static let interval = 15.0
  /// Seconds without a heartbeat after which a process that cannot be seen counts as gone. One that
  /// was merely suspended corrects this with its next heartbeat, or its end.
  package static let expiry = 120.0

  private let active = Mutex<Set<Int64>>([])
  private let timer = Mutex<(any DispatchSourceTimer)?>(nil)

  deinit { timer.withLock { $0?.cancel() } }

  /// Whether a run of this process is active.
  func isActive(_ run: Int64) -> Bool { active.withLock { $0.contains(run) } }

  /// A run starts: from now on `beat` is called with the active runs.
  func begin(_ run: Int64, beat: @escaping @Sendable (Set<Int64>) -> Void) {
    _ = active.withLock { $0.insert(run) }
    timer.withLock { timer in
      guard timer == nil else { return }
      let source = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
      source.schedule(
        deadline: .now() + Self.interval, repeating: Self.interval, leeway: .seconds(1))
      source.setEventHandler { [weak self] in
        let runs = self?.active.withLock { $0 } ?? []
        if !runs.isEmpty { beat(runs) }
      }
      source.resume()
      timer = source
    }
  }

  /// A run ends: no heartbeat comes after this.
  func end(_ run: Int64) { _ = active.withLock { $0.remove(run) } }
}
