import NeuralNetworks
import Support
import Tensors

/// The gradients of a step's microbatches on their way to their sum.
///
/// Parameters are taken in groups of some megabytes, from the last to the first, as a backward pass
/// finishes them; as soon as it has finished those of a group with this process's last microbatch, the
/// processes begin to add them up, while the pass goes on.
final class GradientSum {
  /// Numbers of a group, at least: 4 MB.
  private static let groupSize = 1 << 20

  private let parameters: [TrainableParameter]
  private let batch: StepBatch
  private let processes: any ProcessGroup
  private let groups: [Range<Int>]
  private var trees: [GradientTree]
  private var totals: [(() throws -> [Tensor?])?]

  init(
    _ parameters: [TrainableParameter], _ batch: StepBatch, _ processes: any ProcessGroup,
    _ context: ComputeContext
  ) {
    (self.parameters, self.batch, self.processes) = (parameters, batch, processes)
    groups = Self.groups(parameters.map(\.value.count))
    trees = groups.map { _ in GradientTree(of: batch.count, context: context) }
    totals = groups.map { _ in nil }
  }

  private static func groups(_ counts: [Int]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var (end, size) = (counts.count, 0)
    for index in counts.indices.reversed() {
      size += counts[index]
      guard size >= groupSize || index == 0 else { continue }
      groups.append(index..<end)
      (end, size) = (index, 0)
    }
    return groups
  }

  /// Adds a microbatch's gradients, which `backward` computes. They come in their order.
  func add(_ microbatch: Int, _ backward: () throws -> Void) rethrows {
    parameters.clearGradients()
    let isLast = microbatch == batch.microbatches.upperBound - 1
    if isLast { watch(microbatch) }
    defer { for parameter in parameters { parameter.onGradient = nil } }
    try backward()
    for group in groups.indices where totals[group] == nil { add(group, microbatch, isLast) }
  }

  private func watch(_ microbatch: Int) {
    for (group, range) in groups.enumerated() {
      var missing = range.count
      for parameter in parameters[range] {
        parameter.onGradient = { [unowned self] in
          missing -= 1
          if missing == 0 { add(group, microbatch, true) }
        }
      }
    }
  }

  private func add(_ group: Int, _ microbatch: Int, _ isLast: Bool) {
    trees[group].add(parameters[groups[group]].map(\.gradient), of: microbatch)
    if isLast { totals[group] = processes.sum(trees[group]) }
  }

  /// Every parameter's gradient becomes the sum over all microbatches of all processes.
  ///
  /// - Throws: `UserError` when a process is lost.
  func finish() throws {
    for (range, total) in zip(groups, totals) {
      guard let sum = try total?() else {
        throw UserError("the gradient lacks this process's last microbatch")
      }
      for (parameter, gradient) in zip(parameters[range], sum) { parameter.gradient = gradient }
    }
  }
}
