import CKernels
import Tensors

/// What batch norm keeps between steps: `running_mean` and `running_var` of
/// `torch.nn.BatchNorm2d`.
public final class BatchNormStatistics {
  /// `[channels]`.
  public var mean: Tensor { didSet { version &+= 1 } }
  /// `[channels]`, the unbiased estimate.
  public var variance: Tensor { didSet { version &+= 1 } }
  /// Counts the changes of both.
  public private(set) var version = 0
  /// The share of the new batch in the running statistics.
  public let momentum: Float
  /// Added to the variance before its square root.
  public let epsilon: Float

  /// Mean 0 and variance 1, PyTorch's start.
  public init(channels: Int, momentum: Float = 0.1, epsilon: Float = 1e-5) {
    mean = Tensor(zeros: [channels])
    variance = Tensor([Float](repeating: 1, count: channels))
    self.momentum = momentum
    self.epsilon = epsilon
  }

  func update(mean batchMean: [Double], variance batchVariance: [Double], count: Int) {
    let unbiased = Double(count) / Double(max(count - 1, 1))
    let share = momentum
    func blend(_ old: Tensor, _ new: [Double], _ factor: Double) -> Tensor {
      Tensor(zip(old.elements, new).map { $0 + share * (Float($1 * factor) - $0) })
    }
    mean = blend(mean, batchMean, 1)
    variance = blend(variance, batchVariance, unbiased)
  }
}

extension Tape {
  /// relu?(batch_norm(x)) over all axes but the last; weight and bias `[C]`.
  ///
  /// - Parameter training: whether to normalise by the batch's own mean and (biased) variance, and
  ///   update the running ones, or by the running ones.
  /// - Throws: `UserError` when the shapes do not fit, or a batch has one value a channel.
  public func batchNorm(
    _ x: Variable, weight: Variable, bias: Variable, statistics: BatchNormStatistics,
    training: Bool, relu: Bool = false
  ) throws -> Variable {
    let channels = x.shape.last ?? 0
    try require(
      weight.shape == [channels] && bias.shape == [channels]
        && statistics.mean.shape == [channels],
      "batch norm of \(weight.shape) does not fit \(x.shape)")
    let rows = x.value.count / max(channels, 1)
    try require(!training || rows > 1, "batch norm needs more than one value a channel")
    let norm = BatchNorm(
      tape: self, rows: rows, channels: channels, relu: relu, usesBatch: training)
    let (mean, variance) =
      training
      ? norm.statistics(of: x.value)
      : (statistics.mean.elements.map(Double.init), statistics.variance.elements.map(Double.init))
    if training { statistics.update(mean: mean, variance: variance, count: rows) }
    let inverse = variance.map { 1 / ($0 + Double(statistics.epsilon)).squareRoot() }
    let gamma = weight.value.elements
    let scale = Tensor(zip(gamma, inverse).map { Float(Double($0) * $1) })
    let centre = Tensor(mean.map { Float($0) })
    let beta = bias.value
    let value = norm.apply(x.value, mean: centre, scale: scale, bias: beta)
    let (saved, xs, ws, bs) = (x.value, x.slot, weight.slot, bias.slot)
    return record(value, from: [x, weight, bias]) { [self] upstream in
      let (sums, products) = norm.gradientSums(
        saved, upstream, mean: centre, scale: scale, bias: beta)
      // The product sums are over g (x − mean); normalised x is that times 1 / deviation.
      let normalized = zip(products, inverse).map { $0 * $1 }
      bs?.accumulate(vector(sums), on: self)
      ws?.accumulate(vector(normalized), on: self)
      guard let xs else { return }
      let dx = norm.inputGradient(
        saved, &upstream, mean: centre, scale: scale, bias: beta, inverse: inverse, sums: sums,
        normalized: normalized, cut: xs.cut != nil)
      xs.accumulate(Tensor(saved.shape, storage: dx), isCut: xs.cut != nil, on: self)
    }
  }
}

private struct BatchNorm {
  let tape: Tape
  let rows: Int
  let channels: Int
  let relu: Bool
  let usesBatch: Bool

  /// Mean and biased variance of each channel.
  func statistics(of x: Tensor) -> (mean: [Double], variance: [Double]) {
    let memory = x.storage
    // Differences from the first row, so that a large mean does not swallow the variance.
    let sums = tape.context.sums(over: rows, width: 2 * channels) { range, sums in
      rg_batch_norm_sums(
        memory.pointer + range.lowerBound * channels, memory.pointer, range.count, channels, sums,
        sums + channels)
    }
    let count = Double(rows)
    let shift = (0..<channels).map { sums[$0] / count }
    let variance = (0..<channels).map {
      max(sums[channels + $0] / count - shift[$0] * shift[$0], 0)
    }
    return ((0..<channels).map { Double(memory.pointer[$0]) + shift[$0] }, variance)
  }

  func apply(_ x: Tensor, mean: Tensor, scale: Tensor, bias: Tensor) -> Tensor {
    let result = tape.allocate(x.count)
    let (input, m, s, b) = (x.storage, mean.storage, scale.storage, bias.storage)
    tape.context.overRows(rows, channels: channels) { range in
      let begin = range.lowerBound * channels
      rg_batch_norm_apply(
        result.pointer + begin, input.pointer + begin, m.pointer, s.pointer, b.pointer,
        relu ? 1 : 0, range.count, channels)
    }
    return Tensor(x.shape, storage: result)
  }

  func gradientSums(
    _ x: Tensor, _ upstream: Tensor, mean: Tensor, scale: Tensor, bias: Tensor
  ) -> (sums: [Double], products: [Double]) {
    let (input, dy) = (x.storage, upstream.storage)
    let (m, s, b) = (mean.storage, scale.storage, bias.storage)
    let sums = tape.context.sums(over: rows, width: 2 * channels) { range, sums in
      let begin = range.lowerBound * channels
      rg_batch_norm_gradient_sums(
        input.pointer + begin, dy.pointer + begin, m.pointer, s.pointer, b.pointer, relu ? 1 : 0,
        range.count, channels, sums, sums + channels)
    }
    return (Array(sums[..<channels]), Array(sums[channels...]))
  }

  /// dx = γ/σ · (g − mean(g) − x̂ · mean(g x̂)), without the means when they were not the batch's.
  ///
  /// - Parameter cut: whether x comes from a ReLU, whose gradient is 0 where x is.
  func inputGradient(
    _ x: Tensor, _ upstream: inout Tensor, mean: Tensor, scale: Tensor, bias: Tensor,
    inverse: [Double], sums: [Double], normalized: [Double], cut: Bool
  ) -> AlignedBuffer {
    let dx = tape.writable(&upstream)
    let share = usesBatch ? 1 / Double(rows) : 0
    let gamma = scale.elements
    let slope = Tensor(
      (0..<channels).map { Float(-Double(gamma[$0]) * inverse[$0] * normalized[$0] * share) })
    let offset = Tensor((0..<channels).map { Float(-Double(gamma[$0]) * sums[$0] * share) })
    let (input, dy) = (x.storage, upstream.storage)
    let (m, s, b, l, o) = (
      mean.storage, scale.storage, bias.storage, slope.storage, offset.storage
    )
    tape.context.overRows(rows, channels: channels) { range in
      let begin = range.lowerBound * channels
      rg_batch_norm_gradient(
        dx.pointer + begin, input.pointer + begin, dy.pointer + begin, m.pointer, s.pointer,
        b.pointer, l.pointer, o.pointer, relu ? 1 : 0, cut ? 1 : 0, range.count, channels)
    }
    return dx
  }
}
