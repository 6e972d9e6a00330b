import Foundation

/// Work for the thread that makes exchanges, done in the order in which it was asked for.
///
/// Unchecked: the condition guards everything.
final class ExchangeQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private var jobs: [() -> Void] = []
  private var isClosed = false
  private var hasEnded = false
  /// What ended the thread.
  private var failure: (any Error)?
  private var times = Times()
  /// Seconds between two calls of `idle`.
  private static let pause = 0.5

  /// How long work took, and for how long of it somebody waited.
  struct Times {
    var busy = 0.0
    var waited = 0.0
  }

  /// Of all work that was to be counted.
  var counted: Times { condition.withLock { times } }

  /// Asks for work.
  ///
  /// - Parameter counts: whether its time is counted.
  /// - Returns: waits for the result.
  func ask<Result>(
    counts: Bool = false, _ work: @escaping () throws -> Result
  ) -> () throws -> Result {
    var result: Swift.Result<Result, any Error>?
    condition.withLock {
      jobs.append { [self] in
        let clock = ContinuousClock.now
        let made = Swift.Result { try work() }
        let busy = (ContinuousClock.now - clock) / .seconds(1)
        condition.withLock {
          if counts { times.busy += busy }
          result = made
          condition.broadcast()
        }
      }
      condition.broadcast()
    }
    return { [self] in
      condition.lock()
      let clock = ContinuousClock.now
      defer {
        if counts { times.waited += (ContinuousClock.now - clock) / .seconds(1) }
        condition.unlock()
      }
      while true {
        if let result { return try result.get() }
        if let failure { throw failure }
        condition.wait()
      }
    }
  }

  /// Does what is asked for until the queue is closed; calls `idle` in between.
  func work(_ idle: () throws -> Void) {
    defer {
      condition.withLock {
        hasEnded = true
        condition.broadcast()
      }
    }
    while true {
      condition.lock()
      if jobs.isEmpty, !isClosed { _ = condition.wait(until: Date() + Self.pause) }
      let job = jobs.isEmpty ? nil : jobs.removeFirst()
      let isDone = isClosed && job == nil
      condition.unlock()
      if isDone { return }
      if let job {
        job()
      } else {
        do { try idle() } catch {
          condition.withLock {
            failure = error
            condition.broadcast()
          }
          return
        }
      }
    }
  }

  /// Ends the thread when all work is done; returns when it has.
  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
      while !hasEnded { condition.wait() }
    }
  }
}
