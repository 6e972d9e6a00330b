import Datasets
import Foundation
import Testing

/// A number that threads may change.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var number = 0
  private var peak = 0

  @discardableResult
  func add(_ step: Int) -> Int {
    lock.withLock {
      number += step
      peak = max(peak, number)
      return number
    }
  }

  var value: Int { lock.withLock { number } }
  var highest: Int { lock.withLock { peak } }
}

@Suite("Prefetching loader")
struct LoaderTests {
  @Test(
    "Elements come in order whatever the threads and the time each takes", arguments: [1, 3, 8])
  func order(threads: Int) {
    let loader = PrefetchingLoader(count: 60, threads: threads, ahead: 9) { index in
      Thread.sleep(forTimeInterval: Double((index * 7) % 5) * 0.0005)
      return index * index
    }
    #expect(Array(loader) == (0..<60).map { $0 * $0 })
    #expect(loader.next() == nil)
  }

  @Test("No more than `ahead` elements are made beyond those handed out")
  func backPressure() {
    let made = Counter()
    let loader = PrefetchingLoader(count: 100, threads: 4, ahead: 5) { index in
      made.add(1)
      return index
    }
    for taken in 0..<20 {
      // Wait until the threads are as far as they may go, then see that they stay there.
      let deadline = Date() + 10
      while made.value < taken + 5, Date() < deadline { Thread.sleep(forTimeInterval: 0.0005) }
      Thread.sleep(forTimeInterval: 0.002)
      #expect(made.value == taken + 5)
      #expect(loader.next() == taken)
    }
    loader.cancel()
  }

  @Test("Several elements are made at once, on threads that are not the caller's")
  func parallel() {
    let atWork = Counter()
    let caller = ObjectIdentifier(Thread.current)
    let loader = PrefetchingLoader(count: 12, threads: 3, ahead: 12) { _ in
      atWork.add(1)
      // Holds until all three are inside (or too long has passed).
      let deadline = Date() + 10
      while atWork.highest < 3, Date() < deadline { Thread.sleep(forTimeInterval: 0.0005) }
      atWork.add(-1)
      return ObjectIdentifier(Thread.current) != caller
    }
    #expect(Array(loader) == [Bool](repeating: true, count: 12))
    #expect(atWork.highest == 3)
  }

  @Test("After cancel no closure is at work, none starts, and there is no next element")
  func cancel() {
    let atWork = Counter()
    let begun = Counter()
    let loader = PrefetchingLoader(count: 1000, threads: 4, ahead: 100) { index in
      begun.add(1)
      atWork.add(1)
      Thread.sleep(forTimeInterval: 0.005)
      atWork.add(-1)
      return index
    }
    #expect(loader.next() == 0)
    loader.cancel()
    let count = begun.value
    #expect(atWork.value == 0)
    #expect(loader.next() == nil)
    loader.cancel()
    Thread.sleep(forTimeInterval: 0.02)
    #expect(begun.value == count && count < 1000)
  }

  @Test("Leaving a loop early and letting the loader go stops its threads")
  func letGo() {
    let begun = Counter()
    do {
      let loader = PrefetchingLoader(count: 100_000, threads: 2, ahead: 8) { index in
        begun.add(1)
        return index
      }
      for index in loader where index == 3 { break }
    }
    let count = begun.value
    Thread.sleep(forTimeInterval: 0.02)
    #expect(begun.value == count && count <= 12)
  }

  @Test("Cancelling from another thread wakes a consumer that waits")
  func cancelWhileWaiting() {
    let release = Counter()
    let loader = PrefetchingLoader(count: 4, threads: 1, ahead: 1) { index in
      while release.value == 0 { Thread.sleep(forTimeInterval: 0.0005) }
      return index
    }
    let canceller = Thread {
      Thread.sleep(forTimeInterval: 0.01)
      release.add(1)
      loader.cancel()
    }
    canceller.start()
    while loader.next() != nil {}
    loader.cancel()
    #expect(release.value == 1)
  }

  @Test("Nothing to make, and senseless numbers of threads, are no trouble")
  func edges() {
    #expect(Array(PrefetchingLoader(count: 0, threads: 4, ahead: 4) { $0 }).isEmpty)
    #expect(Array(PrefetchingLoader(count: 3, threads: 0, ahead: 0) { $0 }) == [0, 1, 2])
    #expect(Array(PrefetchingLoader(count: -1, threads: -1, ahead: -1) { $0 }).isEmpty)
  }
}
