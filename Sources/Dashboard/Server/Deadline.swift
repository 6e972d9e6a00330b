import Dispatch
import Synchronization

/// Thrown when something took too long.
struct DeadlinePassed: Error {}

/// Runs `body`, which is cancelled when it takes longer.
///
/// - Throws: `DeadlinePassed`, or what `body` throws.
func within<Value: Sendable>(
  seconds: Double, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask(operation: body)
    group.addTask {
      try await Pause().wait(seconds: seconds)
      throw DeadlinePassed()
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw DeadlinePassed() }
    return value
  }
}

/// Waits as `Task.sleep` does, whose clock stands still where the process computes on all threads that tasks
/// have in common.
final class Pause: Sendable {
  private enum State {
    case new
    case waiting(CheckedContinuation<Void, any Error>)
    case ended(Result<Void, any Error>)
  }
  private static let queue = DispatchQueue(label: "dashboard deadlines")
  private let state = Mutex(State.new)

  /// Once.
  ///
  /// - Throws: `CancellationError`.
  func wait(seconds: Double) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let early = state.withLock { state -> Result<Void, any Error>? in
          if case .ended(let result) = state { return result }
          state = .waiting(continuation)
          return nil
        }
        if let early { return continuation.resume(with: early) }
        // The queue keeps this until then, also where it is no longer waited for.
        Self.queue.asyncAfter(deadline: .now() + seconds) { [weak self] in
          self?.end(.success(()))
        }
      }
    } onCancel: {
      end(.failure(CancellationError()))
    }
  }

  private func end(_ result: Result<Void, any Error>) {
    let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      switch state {
      case .ended: return nil
      case .new:
        state = .ended(result)
        return nil
      case .waiting(let continuation):
        state = .ended(result)
        return continuation
      }
    }
    waiting?.resume(with: result)
  }
}
