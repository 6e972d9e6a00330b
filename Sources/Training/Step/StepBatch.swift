/// What one process computes of a step's batch: some of its microbatches, each of which is computed
/// whole by one process.
package struct StepBatch {
  /// Those of this process, by their place in the batch.
  let microbatches: Range<Int>
  /// Those of all processes.
  let count: Int
  private let next: () throws -> TrainingBatch

  /// - Parameters:
  ///   - microbatches: of this process.
  ///   - count: of all processes.
  ///   - next: makes one after the other of this process's.
  package init(
    _ microbatches: Range<Int>, of count: Int, next: @escaping () throws -> TrainingBatch
  ) {
    (self.microbatches, self.count, self.next) = (microbatches, count, next)
  }

  /// A batch of one microbatch.
  package init(_ batch: TrainingBatch) {
    self.init(0..<1, of: 1) { batch }
  }

  /// Calls `body` with each microbatch and its place.
  func forEach(_ body: (Int, TrainingBatch) throws -> Void) throws {
    for microbatch in microbatches { try body(microbatch, try next()) }
  }

  /// All of them in memory, to be gone through more than once.
  func held() throws -> StepBatch {
    var held: [TrainingBatch] = []
    try forEach { held.append($1) }
    var index = 0
    return StepBatch(microbatches, of: count) {
      defer { index = (index + 1) % held.count }
      return held[index]
    }
  }
}
