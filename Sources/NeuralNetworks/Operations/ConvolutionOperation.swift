import Support
import Tensors

/// A convolution, with the batch norm, residual, ReLU and max pooling that passes over the graph have
/// fused into it.
struct ConvolutionOperation: GraphOperation {
  /// Of one group.
  let geometry: ConvolutionGeometry
  /// Parts of the channels, each of which is computed from its own part of the input.
  let groups: Int
  let weight: Parameter
  let bias: Parameter?
  /// A batch norm between convolution and ReLU.
  var norm: BatchNorm2d.Parameters?
  var relu: Bool
  /// A max pooling after the ReLU.
  var pooling: Pooling?

  var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) + (norm?.all ?? []) }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    let input = try ConcatenationOperation().shape(inputs)
    guard input.channels == groups * geometry.inChannels else {
      throw UserError(
        "a convolution of \(groups) × \(geometry.inChannels) channels does not take "
          + "\(input.extents)")
    }
    var out = try geometry.output(of: group(input))
    out = FeatureShape(height: out.height, width: out.width, channels: groups * out.channels)
    return try pooling.map { try MaxPoolOperation(pooling: $0).shape([out]) } ?? out
  }

  private func group(_ x: FeatureShape) -> FeatureShape {
    FeatureShape(height: x.height, width: x.width, channels: x.channels / groups)
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    .convolution(
      weight: weight, bias: bias, stride: geometry.stride, padding: geometry.padding,
      groups: groups,
      relu: relu)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    let parts = try request(inputs, packing).parts(groups: groups).map {
      try packing.backend.pack($0, of: type)
    }
    return Self.step(parts.count == 1 ? parts[0] : GroupedConvolution(parts: parts))
  }

  /// The step, if the back end supports the operation as it is: a pooling need not be.
  func supportedStep<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> (any InferenceStep)? {
    let request = try request(inputs, packing)
    guard groups == 1, try packing.backend.supports(.inference(request, type.precision)) else {
      return nil
    }
    return Self.step(try packing.backend.pack(request, of: type))
  }

  private func request(
    _ inputs: [FeatureShape], _ packing: Packing
  ) throws -> ConvolutionRequest {
    let (weights, bias) = try folded(packing.weights)
    return ConvolutionRequest(
      geometry, weights: weights, bias: bias, relu: relu, pooling: pooling,
      usualSize: (inputs[0].height, inputs[0].width))
  }

  private static func step<Element: ActivationElement>(
    _ convolution: any Convolution<Element>
  ) -> any InferenceStep {
    if let concatenated = convolution as? any ConcatenatedConvolution<Element> {
      return ConcatenatedStep(convolution: concatenated)
    }
    return Step(convolution: convolution)
  }

  private struct Step<Element: ActivationElement>: InferenceStep {
    let convolution: any Convolution<Element>

    var weightBytes: Int { convolution.weightBytes }

    func run(_ views: StepViews, _ context: ComputeContext) throws {
      try convolution.forward(
        views.input(0, as: Element.self), into: views.output(as: Element.self),
        residual: views.residual(as: Element.self), context: context)
    }
  }

  private struct ConcatenatedStep<Element: ActivationElement>: InferenceStep {
    let convolution: any ConcatenatedConvolution<Element>

    var weightBytes: Int { convolution.weightBytes }
    var readsParts: Bool { true }

    func run(_ views: StepViews, _ context: ComputeContext) throws {
      let parts = views.node.inputs.indices.map { views.input($0, as: Element.self) }
      try convolution.forward(
        parts, into: views.output(as: Element.self),
        residual: views.residual(as: Element.self), context: context)
    }
  }

  func work(_ inputs: [FeatureShape]) -> LayerWork? {
    let one = OpenBLASBackend.cost(of: geometry, height: inputs[0].height, width: inputs[0].width)
    return LayerWork(
      operations: Double(groups) * one.operations, weightBytes: Double(groups) * one.weightBytes)
  }

  /// Weights and bias with the batch norm in them: w · γ / √(variance + ε) and
  /// (bias − mean) · γ / √(variance + ε) + β.
  ///
  /// - Throws: `UserError` when a parameter is missing or a variance negative.
  private func folded(_ values: NetworkWeights) throws -> (weights: Tensor, bias: Tensor?) {
    var weights = try values[weight]
    let bias = try bias.map { try values[$0] }
    guard let norm else { return (weights, bias) }
    let scales = try norm.scales(values)
    let filter = weights.count / max(scales.count, 1)
    weights.withUnsafeMutableBufferPointer { memory in
      for (out, scale) in scales.enumerated() {
        for index in out * filter..<(out + 1) * filter {
          memory[index] = Float(Double(memory[index]) * scale)
        }
      }
    }
    let own = bias?.elements
    let (beta, mean) = (try values[norm.bias].elements, try values[norm.runningMean].elements)
    let shifted = scales.indices.map { channel in
      let offset = Double(own?[channel] ?? 0) - Double(mean[channel])
      return Float(Double(beta[channel]) + offset * scales[channel])
    }
    return (weights, Tensor(shifted))
  }
}

extension InferenceGraph {
  /// relu?(conv(x) + bias); weight `[out, in / groups, kh, kw]`, bias `[out]` or none.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func convolution(
    _ x: Value, weight: Parameter, bias: Parameter?, stride: Int, padding: Int, groups: Int = 1,
    relu: Bool
  ) throws -> Value {
    var filters = weight.shape
    filters[0] /= groups
    let geometry = ConvolutionGeometry(filters: filters, stride: stride, padding: padding)
    return try append(
      ConvolutionOperation(
        geometry: geometry, groups: groups, weight: weight, bias: bias, relu: relu), to: [x])
  }
}
