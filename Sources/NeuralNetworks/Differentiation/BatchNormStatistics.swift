import CKernels
import Tensors

/// What batch norm keeps between steps: `running_mean` and `running_var` of
/// `torch.nn.BatchNorm2d`.
public final class BatchNormStatistics {
  /// `[channels]`.
  public var mean: Tensor
  /// `[channels]`, the unbiased estimate.
  public var variance: Tensor
  /// The share of the new batch in the running statistics.
  private static let momentum: Float = 0.1
  /// Added to the variance before its square root.
  static let epsilon: Float = 1e-5

  /// Mean 0 and variance 1, PyTorch's start.
  public init(channels: Int) {
    mean = Tensor(zeros: [channels])
    variance = Tensor([Float](repeating: 1, count: channels))
  }

  /// In place of a batch's, where a network does not learn.
  var moments: (mean: [Double], variance: [Double]) {
    (mean.elements.map(Double.init), variance.elements.map(Double.init))
  }

  /// What forward passes in training gave, in their order, where updates wait for `apply`; `nil` where they
  /// are made at once.
  package var waiting: [BatchMoments]?

  /// Updates the running statistics by a forward pass in training, or lets that wait.
  func update(_ batch: BatchMoments) {
    if waiting == nil { apply(batch) } else { waiting?.append(batch) }
  }

  /// Updates the running statistics.
  package func apply(_ batch: BatchMoments) {
    let count = batch.count
    let unbiased = Double(count) / Double(max(count - 1, 1))
    func blend(_ old: Tensor, _ new: [Double], _ factor: Double) -> Tensor {
      Tensor(zip(old.elements, new).map { $0 + Self.momentum * (Float($1 * factor) - $0) })
    }
    mean = blend(mean, batch.mean, 1)
    variance = blend(variance, batch.variance, unbiased)
  }
}

/// Mean and variance of each channel.
package struct BatchMoments: Sendable, Equatable {
  /// By channel.
  package let mean: [Double]
  /// By channel, biased.
  package let variance: [Double]
  /// Values a channel that they were computed from.
  package let count: Int

  /// Moments that were computed elsewhere.
  package init(mean: [Double], variance: [Double], count: Int) {
    (self.mean, self.variance, self.count) = (mean, variance, count)
  }
}

extension BatchMoments {
  /// Those of a batch, the variance biased.
  init(of x: ActivationView, _ context: ComputeContext) {
    let channels = x.channels
    // Differences from the first row, so that a large mean does not swallow the variance.
    let sums = context.sums(over: x.pixels, width: 2 * channels) { range, sums in
      rg_batch_norm_sums(
        x.pointer + range.lowerBound * channels, x.pointer, range.count, channels, sums,
        sums + channels)
    }
    count = x.pixels
    let shift = (0..<channels).map { sums[$0] / Double(x.pixels) }
    mean = shift.indices.map { Double(x.pointer[$0]) + shift[$0] }
    variance = shift.indices.map {
      max(sums[channels + $0] / Double(x.pixels) - shift[$0] * shift[$0], 0)
    }
  }
}
