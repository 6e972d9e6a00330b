import CKernels
import Support
import Tensors

/// A batch norm by its running statistics, where no convolution before it takes it in.
struct BatchNormOperation: GraphOperation {
  let norm: BatchNorm2d.Parameters
  let relu: Bool

  var parameters: [Parameter] { norm.all }

  func shape(_ inputs: [FeatureShape]) -> FeatureShape { inputs[0] }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    .batchNorm(norm, relu: relu)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    let normalization = Normalization(
      mean: try packing.weights[norm.runningMean],
      scale: Tensor(try norm.scales(packing.weights).map { Float($0) }),
      bias: try packing.weights[norm.bias], relu: relu)
    return try FloatStep("a batch norm without a convolution before it", type) {
      normalization.apply($0[0], into: $1, $2)
    }
  }
}

extension BatchNorm2d.Parameters {
  /// γ / √(variance + ε) by the running statistics.
  ///
  /// - Throws: `UserError` when a parameter is missing or a variance negative.
  func scales(_ values: NetworkWeights) throws -> [Double] {
    let (gamma, variance) = (
      try values[weight].elements, try values[runningVariance].elements
    )
    let scales = zip(gamma, variance).map {
      Double($0) / (Double($1) + Self.epsilon).squareRoot()
    }
    if let channel = scales.firstIndex(where: { !$0.isFinite }) {
      throw UserError(
        "\(values.name): \(runningVariance.name) is \(variance[channel]) for channel \(channel)",
        remedy: "a variance cannot be negative; export the weights again")
    }
    return scales
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
    let (input, size) = (x.value, x.value.activations)
    try require(
      weight.shape == [size.channels] && bias.shape == [size.channels]
        && statistics.mean.shape == [size.channels],
      "batch norm of \(weight.shape) does not fit \(x.shape)")
    try require(!training || size.pixels > 1, "batch norm needs more than one value a channel")
    var moments = statistics.moments
    if training {
      let batch = BatchMoments(of: size, context)
      statistics.update(batch)
      moments = (batch.mean, batch.variance)
    }
    let inverse = moments.variance.map {
      1 / ($0 + Double(BatchNormStatistics.epsilon)).squareRoot()
    }
    let norm = Normalization(
      mean: Tensor(moments.mean.map { Float($0) }),
      scale: Tensor(zip(weight.value.elements, inverse).map { Float(Double($0) * $1) }),
      bias: bias.value, relu: relu)
    let value = uninitialized(x.shape)
    norm.apply(size, into: value.activations, context)
    let (xs, ws, bs) = (x.slot, weight.slot, bias.slot)
    return record(value, from: [x, weight, bias]) { upstream in
      let size = input.activations
      let (sums, products) = norm.gradientSums(size, upstream.activations, context)
      // The product sums are over g (x − mean); normalised x is that times 1 / deviation.
      let normalized = zip(products, inverse).map { $0 * $1 }
      bs?.accumulate(vector(sums), on: self)
      ws?.accumulate(vector(normalized), on: self)
      guard let xs else { return }
      // dx = γ/σ · (g − mean(g) − x̂ · mean(g x̂)), without the means when they were not the batch's.
      let share = training ? 1 / Double(size.pixels) : 0
      let gamma = norm.scale.elements.map { Double($0) }
      let slope = Tensor(
        gamma.indices.map { Float(-gamma[$0] * inverse[$0] * normalized[$0] * share) })
      let offset = Tensor(gamma.indices.map { Float(-gamma[$0] * sums[$0] * share) })
      let dx = Tensor(input.shape, storage: writable(&upstream))
      norm.gradient(
        size, upstream.activations, slope: slope, offset: offset, cut: xs.cut != nil,
        into: dx.activations, context)
      xs.accumulate(dx, isCut: xs.cut != nil, on: self)
    }
  }

  /// The batch norm of a network: by the batch's statistics while it learns, else by the running ones.
  ///
  /// - Throws: `UserError` when the shapes do not fit, or a batch has one value a channel.
  public func batchNorm(
    _ x: Variable, _ norm: BatchNorm2d.Parameters, relu: Bool
  ) throws -> Variable {
    try batchNorm(
      x, weight: use(norm.weight), bias: use(norm.bias),
      statistics: parameters.statistics(of: norm), training: isTraining, relu: relu)
  }
}

/// relu?(scale · (x − mean) + bias), each of them `[C]`.
private struct Normalization: Sendable {
  let mean: Tensor
  let scale: Tensor
  let bias: Tensor
  let relu: Bool

  private var cuts: Int32 { relu ? 1 : 0 }

  func apply(_ x: ActivationView, into output: ActivationView, _ context: ComputeContext) {
    let (m, s, b) = (mean.storage.pointer, scale.storage.pointer, bias.storage.pointer)
    func apply(_ pixels: Range<Int>) {
      rg_batch_norm_apply(
        output.pointer + pixels.lowerBound * output.pixelStride,
        x.pointer + pixels.lowerBound * x.pixelStride, m, s, b, cuts, pixels.count, x.channels)
    }
    let hasGaps = !(x.isDense && output.isDense)
    context.overRows(x.pixels, channels: x.channels) { pixels in
      if hasGaps {
        for pixel in pixels { apply(pixel..<pixel + 1) }
      } else {
        apply(pixels)
      }
    }
  }

  /// For each channel Σ g and Σ g (x − mean), g being the gradient before the ReLU.
  func gradientSums(
    _ x: ActivationView, _ upstream: ActivationView, _ context: ComputeContext
  ) -> (sums: [Double], products: [Double]) {
    let channels = x.channels
    let (m, s, b) = (mean.storage.pointer, scale.storage.pointer, bias.storage.pointer)
    let sums = context.sums(over: x.pixels, width: 2 * channels) { range, sums in
      let begin = range.lowerBound * channels
      rg_batch_norm_gradient_sums(
        x.pointer + begin, upstream.pointer + begin, m, s, b, cuts, range.count, channels, sums,
        sums + channels)
    }
    return (Array(sums[..<channels]), Array(sums[channels...]))
  }

  /// dx = scale · g + slope · (x − mean) + offset.
  ///
  /// - Parameter cut: whether x comes from a ReLU, whose gradient is 0 where x is.
  func gradient(
    _ x: ActivationView, _ upstream: ActivationView, slope: Tensor, offset: Tensor, cut: Bool,
    into dx: ActivationView, _ context: ComputeContext
  ) {
    let (m, s, b) = (mean.storage.pointer, scale.storage.pointer, bias.storage.pointer)
    let (l, o) = (slope.storage.pointer, offset.storage.pointer)
    context.overRows(x.pixels, channels: x.channels) { range in
      let begin = range.lowerBound * x.channels
      rg_batch_norm_gradient(
        dx.pointer + begin, x.pointer + begin, upstream.pointer + begin, m, s, b, l, o, cuts,
        cut ? 1 : 0, range.count, x.channels)
    }
  }
}

extension InferenceGraph {
  /// relu?(batch_norm(x)) by the running statistics.
  public func batchNorm(
    _ x: Value, _ norm: BatchNorm2d.Parameters, relu: Bool
  ) throws -> Value {
    try append(BatchNormOperation(norm: norm, relu: relu), to: [x])
  }
}
