import Foundation
import Synchronization

/// Makes answers, a few at a time, outside of the threads that serve connections: a query or a network
/// blocks.
final class Workers: Sendable {
  private let queue: OperationQueue
  /// The most answers that are made or wait.
  private let most: Int
  private let waiting = Mutex(0)

  /// Thrown when too many wait already.
  struct Busy: Error {}

  init(count: Int, waiting: Int) {
    most = count + waiting
    queue = OperationQueue()
    queue.maxConcurrentOperationCount = count
  }

  /// What `body` gives.
  ///
  /// - Throws: `Busy`, or what `body` throws.
  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let isFull = waiting.withLock { count in
      guard count < most else { return true }
      count += 1
      return false
    }
    if isFull { throw Busy() }
    defer { waiting.withLock { $0 -= 1 } }
    return try await withCheckedThrowingContinuation { continuation in
      queue.addOperation { continuation.resume(with: Result(catching: body)) }
    }
  }
}
