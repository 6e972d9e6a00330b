import Foundation

/// Makes elements ahead of their use on threads of its own, and hands them out in order.
///
/// Element i is `make(i)`, whatever the number of threads; at most `ahead` elements are made or in
/// the making beyond those handed out, so a slow consumer holds the threads back. Threads are real
/// ones, since decoding and reading block; Swift's cooperative pool is left alone.
///
/// It is passed through once: iterating a second time goes on where the first stopped. Threads end
/// when all elements are made, with `cancel()`, or when the loader is let go.
public final class PrefetchingLoader<Element: Sendable>: Sequence, IteratorProtocol, Sendable {
  private let queue: PrefetchingQueue<Element>

  /// Starts making elements.
  ///
  /// - Parameters:
  ///   - count: how many elements there are.
  ///   - threads: how many are made at once; at least 1.
  ///   - ahead: the bound on elements made but not yet handed out; at least 1. Fewer than
  ///     `threads` leaves threads idle.
  ///   - make: makes one element, on any of the threads, several at once. A failure is part of
  ///     the element (`Result`), so it arrives in its place. Must not call `cancel()`.
  public init(
    count: Int, threads: Int, ahead: Int, make: @escaping @Sendable (Int) -> Element
  ) {
    queue = PrefetchingQueue(count: count, ahead: Swift.max(ahead, 1))
    queue.start(threads: Swift.min(Swift.max(threads, 1), Swift.max(count, 0)), make: make)
  }

  deinit { queue.cancel() }

  /// The next element in order; waits for it. `nil` after the last one or after `cancel()`.
  public func next() -> Element? { queue.next() }

  /// Stops: elements not handed out are dropped. Returns when no thread is at work any more, that
  /// is when the elements in the making are done. Calling it again does nothing.
  public func cancel() { queue.cancel() }
}

/// What the loader and its threads share. The threads hold this and not the loader, so that letting
/// the loader go stops them.
private final class PrefetchingQueue<Element: Sendable>: @unchecked Sendable {
  private let count: Int
  private let ahead: Int
  /// Guards everything below; broadcast at each change.
  private let changed = NSCondition()
  private var started = 0
  private var delivered = 0
  private var waiting: [Int: Element] = [:]
  private var running = 0
  private var isCancelled = false

  init(count: Int, ahead: Int) {
    self.count = count
    self.ahead = ahead
  }

  func start(threads: Int, make: @escaping @Sendable (Int) -> Element) {
    changed.withLock { running = threads }
    for number in 0..<threads {
      let thread = Thread { [self] in
        work(make)
      }
      thread.name = "prefetch \(number)"
      thread.start()
    }
  }

  private func work(_ make: @Sendable (Int) -> Element) {
    while let index = claim() {
      let element = make(index)
      changed.withLock {
        if !isCancelled { waiting[index] = element }
        changed.broadcast()
      }
    }
    changed.withLock {
      running -= 1
      changed.broadcast()
    }
  }

  /// The next index to make, once it is less than `ahead` away; `nil` when there is nothing to do.
  private func claim() -> Int? {
    changed.withLock {
      while !isCancelled, started < count, started >= delivered + ahead { changed.wait() }
      guard !isCancelled, started < count else { return nil }
      defer { started += 1 }
      return started
    }
  }

  func next() -> Element? {
    changed.withLock {
      while !isCancelled, delivered < count {
        if let element = waiting.removeValue(forKey: delivered) {
          delivered += 1
          changed.broadcast()
          return element
        }
        changed.wait()
      }
      return nil
    }
  }

  func cancel() {
    changed.withLock {
      isCancelled = true
      waiting.removeAll()
      changed.broadcast()
      while running > 0 { changed.wait() }
    }
  }
}
