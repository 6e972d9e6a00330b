import Evaluation
import Foundation
import Support
import Synchronization
import Tracking

/// Where pictures are drawn again, one after the other: a page's visitors share the networks, of which the
/// last ones used are kept.
final class Studio: Sendable {
  let networks: DashboardNetworks
  let thumbnails = BoundedCache<Data>(bytes: 32_000_000)
  private struct State {
    var makers = RecentlyUsed<String, ExampleMaker>(most: 4)
    var stages = RecentlyUsed<String, StagedCorrector>(most: 2)
    var classifiers = RecentlyUsed<String, any ImageClassifier>(most: 4)
  }
  private let state = Mutex(State())
  private let queue: OperationQueue

  init(_ networks: DashboardNetworks) {
    self.networks = networks
    queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
  }

  /// Does something when nothing else is to be done; no more than a few things wait.
  func background(_ work: @escaping @Sendable () -> Void) {
    guard queue.operationCount < 4 else { return }
    queue.addOperation(work)
  }

  /// What draws the images of a cell again.
  func maker(_ cell: EvaluationRecord, _ store: Store) throws -> ExampleMaker {
    let key = "\(store.path)\n\(cell.id)\n\(cell.cellKey)"
    return try state.withLock { state in
      try state.makers.value(key) { try ExampleMaker(cell, store: store, corrector: nil) }
    }
  }

  /// The corrector of a cell; `nil` where its images were not corrected.
  ///
  /// - Throws: `UserError` when its file is missing or has changed.
  func stages(_ cell: EvaluationRecord) throws -> StagedCorrector? {
    guard let digest = cell.correctorSHA256 else { return nil }
    guard let path = cell.correctorPath else {
      throw UserError("the corrector of these images is not recorded")
    }
    return try state.withLock { state in
      try state.stages.value(digest) {
        let loaded = try networks.stages(path)
        guard loaded.digest == digest else {
          throw UserError("\(path): not the corrector that was evaluated")
        }
        return loaded
      }
    }
  }

  /// The classifier of a cell.
  ///
  /// - Throws: `UserError` when another program made its predictions, and where its file is missing or
  ///   has changed.
  func classifier(_ cell: EvaluationRecord) throws -> any ImageClassifier {
    guard !cell.isImported else {
      throw UserError("\(cell.model): its predictions were imported")
    }
    guard !cell.isExternal else {
      throw UserError(
        "\(ModelNames.title(cell.model)): another program computed it, which is not asked here; its "
          + "stored predictions are shown")
    }
    return try state.withLock { state in
      try state.classifiers.value(cell.weightsSHA256) {
        let loaded = try networks.classifier(
          WeightsRecord(
            sha256: cell.weightsSHA256, architecture: cell.model, path: cell.weightsPath))
        guard loaded.weightsDigest == cell.weightsSHA256 else {
          throw UserError("\(cell.weightsPath): not the weights that were evaluated")
        }
        return loaded
      }
    }
  }
}

/// A few values that take long to make.
struct RecentlyUsed<Key: Hashable, Value> {
  private var values: [(key: Key, value: Value)] = []
  private let most: Int

  init(most: Int) { self.most = most }

  /// A value that is kept, or made now.
  mutating func value(_ key: Key, make: () throws -> Value) rethrows -> Value {
    if let index = values.firstIndex(where: { $0.key == key }) {
      values.append(values.remove(at: index))
      return values[values.count - 1].value
    }
    let value = try make()
    values.append((key, value))
    if values.count > most { values.removeFirst() }
    return value
  }
}
