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
      try await Task.sleep(for: .seconds(seconds))
      throw DeadlinePassed()
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw DeadlinePassed() }
    return value
  }
}
