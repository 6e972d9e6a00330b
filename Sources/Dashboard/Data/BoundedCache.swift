import Synchronization

/// Values that take time to make, the last used of them up to a number of bytes.
final class BoundedCache<Value: Sendable>: Sendable {
  private struct State {
    var values: [String: (value: Value, bytes: Int)] = [:]
    /// The least recently used first.
    var order: [String] = []
    var bytes = 0
  }
  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter bytes: the most that is kept.
  init(bytes limit: Int) { self.limit = limit }

  /// Bytes that are kept.
  var bytes: Int { state.withLock { $0.bytes } }

  /// A value by its key; `nil` where it is not kept.
  func value(_ key: String) -> Value? {
    state.withLock { state in
      guard let known = state.values[key] else { return nil }
      state.order.removeAll { $0 == key }
      state.order.append(key)
      return known.value
    }
  }

  /// Keeps a value, unless it is larger than all that is kept.
  func keep(_ value: Value, bytes: Int, key: String) {
    state.withLock { state in
      guard bytes <= limit else { return }
      if let old = state.values.removeValue(forKey: key) {
        state.bytes -= old.bytes
        state.order.removeAll { $0 == key }
      }
      state.values[key] = (value, bytes)
      state.order.append(key)
      state.bytes += bytes
      while state.bytes > limit, let oldest = state.order.first {
        state.order.removeFirst()
        if let old = state.values.removeValue(forKey: oldest) { state.bytes -= old.bytes }
      }
    }
  }
}
