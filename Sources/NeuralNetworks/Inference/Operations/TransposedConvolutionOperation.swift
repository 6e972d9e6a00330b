import Support
import Tensors

/// A transposed convolution 2×2 with stride 2.
struct TransposedConvolutionOperation: GraphOperation {
  let weight: Parameter
  let bias: Parameter

  var parameters: [Parameter] { [weight, bias] }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].channels == weight.shape[0] else {
      throw UserError(
        "a transposed convolution of \(weight.shape[0]) channels does not take "
          + "\(inputs[0].extents)")
    }
    return FeatureShape(
      height: 2 * inputs[0].height, width: 2 * inputs[0].width, channels: weight.shape[1])
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    Step<Element>(
      convolution: TransposedConvolution2x2(
        weights: try packing[weight], bias: try packing[bias]))
  }

  private struct Step<Element: ActivationElement>: InferenceStep {
    let convolution: TransposedConvolution2x2

    var weightBytes: Int { convolution.weightBytes }

    func run(_ views: StepViews, _ context: ComputeContext) {
      convolution.forward(
        views.input(as: Element.self), into: views.output(as: Element.self), context: context)
    }
  }

  func work(_ inputs: [FeatureShape]) -> LayerWork? {
    LayerWork(
      operations: 2 * Double(inputs[0].pixels * weight.count),
      weightBytes: 4 * Double(weight.count))
  }
}

extension InferenceGraph {
  public func transposedConvolution2x2(
    _ x: Value, weight: Parameter, bias: Parameter
  ) throws -> Value {
    try append(TransposedConvolutionOperation(weight: weight, bias: bias), x)
  }
}
