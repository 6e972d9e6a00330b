import Support
import Tensors

/// A convolution, with the batch norm, residual, ReLU and max pooling that passes over the graph have
/// fused into it.
struct ConvolutionOperation: GraphOperation {
  let geometry: ConvolutionGeometry
  let weight: Parameter
  let bias: Parameter?
  /// A batch norm between convolution and ReLU.
  var norm: BatchNorm2d.Parameters?
  var relu: Bool
  /// A max pooling after the ReLU.
  var pooling: Pooling?

  var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) + (norm?.all ?? []) }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    let x = inputs[0]
    var out = geometry.outputSize(height: x.height, width: x.width)
    if let pooling { out = (pooling.outputLength(out.height), pooling.outputLength(out.width)) }
    guard x.channels == geometry.inChannels, out.height > 0, out.width > 0 else {
      throw UserError(
        "a \(geometry.kernelWidth)×\(geometry.kernelHeight) convolution of "
          + "\(geometry.inChannels) channels does not take \(x.extents)")
    }
    return FeatureShape(height: out.height, width: out.width, channels: geometry.outChannels)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    Step(convolution: try packing.backend.pack(request(inputs, packing), of: type))
  }

  /// The step, if the back end supports the operation as it is: a pooling need not be.
  func supportedStep<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> (any InferenceStep)? {
    let request = try request(inputs, packing)
    guard try packing.backend.supports(.inference(request, type.precision)) else { return nil }
    return Step(convolution: try packing.backend.pack(request, of: type))
  }

  private func request(
    _ inputs: [FeatureShape], _ packing: Packing
  ) throws -> ConvolutionRequest {
    let (weights, bias) = try folded(packing)
    return ConvolutionRequest(
      geometry, weights: weights, bias: bias, relu: relu, pooling: pooling,
      usualSize: (inputs[0].height, inputs[0].width))
  }

  private struct Step<Element: ActivationElement>: InferenceStep {
    let convolution: any Convolution<Element>

    var weightBytes: Int { convolution.weightBytes }

    func run(_ views: StepViews, _ context: ComputeContext) throws {
      try convolution.forward(
        views.input(as: Element.self), into: views.output(as: Element.self),
        residual: views.residual(as: Element.self), context: context)
    }
  }

  func work(_ inputs: [FeatureShape]) -> LayerWork? {
    let cost = OpenBLASBackend.cost(
      of: geometry, height: inputs[0].height, width: inputs[0].width)
    return LayerWork(operations: cost.operations, weightBytes: cost.weightBytes)
  }

  /// Weights and bias with the batch norm in them: w · γ / √(variance + ε) and
  /// (bias − mean) · γ / √(variance + ε) + β.
  ///
  /// - Throws: `UserError` when a parameter is missing or a variance negative.
  private func folded(_ packing: Packing) throws -> (weights: Tensor, bias: Tensor?) {
    var weights = try packing[weight]
    let bias = try bias.map { try packing[$0] }
    guard let norm else { return (weights, bias) }
    let (gamma, beta) = (try packing[norm.weight].elements, try packing[norm.bias].elements)
    let mean = try packing[norm.runningMean].elements
    let variance = try packing[norm.runningVariance].elements
    let scales = zip(gamma, variance).map {
      Double($0) / (Double($1) + BatchNorm2d.Parameters.epsilon).squareRoot()
    }
    if let channel = scales.firstIndex(where: { !$0.isFinite }) {
      throw UserError(
        "\(packing.name): \(norm.runningVariance.name) is \(variance[channel]) for channel "
          + "\(channel)", remedy: "a variance cannot be negative; export the weights again")
    }
    let filter = weights.count / max(scales.count, 1)
    weights.withUnsafeMutableBufferPointer { memory in
      for (out, scale) in scales.enumerated() {
        for index in out * filter..<(out + 1) * filter {
          memory[index] = Float(Double(memory[index]) * scale)
        }
      }
    }
    let own = bias?.elements
    let shifted = scales.indices.map { channel in
      let offset = Double(own?[channel] ?? 0) - Double(mean[channel])
      return Float(Double(beta[channel]) + offset * scales[channel])
    }
    return (weights, Tensor(shifted))
  }
}

extension InferenceGraph {
  public func convolution(
    _ x: Value, weight: Parameter, bias: Parameter?, stride: Int, padding: Int, relu: Bool
  ) throws -> Value {
    let geometry = ConvolutionGeometry(
      inChannels: weight.shape[1], outChannels: weight.shape[0], kernelHeight: weight.shape[2],
      kernelWidth: weight.shape[3], stride: stride, padding: padding)
    return try append(
      ConvolutionOperation(geometry: geometry, weight: weight, bias: bias, relu: relu), x)
  }
}
