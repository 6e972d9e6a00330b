import Foundation
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
  private static let most = 100_000

  /// The most predictions of a cell that is counted while a page waits: some hundredths of a second.
  private static let quick = 200_000

  /// The counts of some cells; those that were not counted before `seconds` were over are missing, and so
  /// are large ones where there are few.
  func tallies(
    _ cells: [EvaluationRecord], store: Store, seconds: Double
  ) throws -> [Int64: CellTally] {
    let end = ContinuousClock.now + .seconds(seconds)
    var found = known(cells.map(\.id), store: store)
    for cell in cells where found[cell.id] == nil && ContinuousClock.now < end {
      if seconds < 1, cell.expected > Self.quick { continue }
      let tally = try store.tally(evaluation: cell.id)
      found[cell.id] = tally
      if cell.isFinished { keep(tally, of: cell.id, store) }
    }
    return found
  }

  /// The counts of those cells that were counted.
  func known(_ cells: [Int64], store: Store) -> [Int64: CellTally] {
    state.withLock { state in
      if state.store !== store { state = State(store: store) }
      return cells.reduce(into: [:]) { found, id in found[id] = state.known[id] }
    }
  }

  /// Counts finished cells, however long it takes, and rests as long as it counts: pages and trainings go on
  /// meanwhile.
  func count(_ cells: [Int64], store: Store) throws {
    let known = known(cells, store: store)
    for id in cells where known[id] == nil {
      let start = ContinuousClock.now
      keep(try store.tally(evaluation: id), of: id, store)
      Thread.sleep(forTimeInterval: (ContinuousClock.now - start) / .seconds(1))
    }
  }

  private func keep(_ tally: CellTally, of cell: Int64, _ store: Store) {
    state.withLock { state in
      guard state.store === store else { return }
      if state.known.updateValue(tally, forKey: cell) == nil { state.order.append(cell) }
      if state.order.count > Self.most { state.known[state.order.removeFirst()] = nil }
    }
  }
}
