import Synchronization
import Tracking

/// How many predictions of cells are right: counted once, as a large cell takes a second.
final class TallyCache: Sendable {
  private struct State {
    /// Whose cells they are: another file's have the same numbers.
    var store: Store?
    /// Of finished cells, which do not change.
    var known: [Int64: CellTally] = [:]
    var order: [Int64] = []
  }
  private let state = Mutex(State())
  /// The most cells that are kept.
  private static let most = 20_000

  /// The counts of some cells; those that were not counted before `seconds` were over are missing.
  func tallies(
    _ cells: [EvaluationRecord], store: Store, seconds: Double
  ) throws -> [Int64: CellTally] {
    state.withLock { if $0.store !== store { $0 = State(store: store) } }
    let end = ContinuousClock.now + .seconds(seconds)
    var found: [Int64: CellTally] = [:]
    for cell in cells {
      if let known = state.withLock({ $0.known[cell.id] }) {
        found[cell.id] = known
      } else if ContinuousClock.now < end {
        let tally = try store.tally(evaluation: cell.id)
        found[cell.id] = tally
        if cell.isFinished { keep(tally, of: cell.id, store) }
      }
    }
    return found
  }

  private func keep(_ tally: CellTally, of cell: Int64, _ store: Store) {
    state.withLock { state in
      guard state.store === store else { return }
      if state.known.updateValue(tally, forKey: cell) == nil { state.order.append(cell) }
      if state.order.count > Self.most { state.known[state.order.removeFirst()] = nil }
    }
  }
}
