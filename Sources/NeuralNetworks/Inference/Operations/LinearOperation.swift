import Support
import Tensors

/// A linear layer, with the flattening before it once passes have fused it.
struct LinearOperation: GraphOperation {
  let weight: Parameter
  let bias: Parameter
  let relu: Bool
  /// Whether it reads activations that PyTorch would flatten as C, H, W; else a vector.
  var flattens = false

  var parameters: [Parameter] { [weight, bias] }
  var mayEndInFloat: Bool { true }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].count == weight.shape[1] else {
      throw UserError(
        "a linear layer of \(weight.shape[1]) inputs does not take \(inputs[0].extents)")
    }
    return FeatureShape(channels: weight.shape[0])
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    Step<Element>(
      linear: PackedLinear(
        weights: try packing[weight], bias: try packing[bias], relu: relu,
        pixels: flattens ? inputs[0].pixels : 1))
  }

  private struct Step<Element: ActivationElement>: InferenceStep {
    let linear: PackedLinear

    var weightBytes: Int { linear.weightBytes }

    func run(_ views: StepViews, _ context: ComputeContext) {
      switch (views.inputIsFloat(), views.outputIsFloat) {
      case (true, _):
        linear.forward(
          views.input(as: Float.self), into: views.output(as: Float.self), context: context)
      case (false, true):
        linear.forward(
          views.input(as: Element.self), into: views.output(as: Float.self), context: context)
      case (false, false):
        linear.forward(
          views.input(as: Element.self), into: views.output(as: Element.self), context: context)
      }
    }
  }

  func work(_ inputs: [FeatureShape]) -> LayerWork? {
    LayerWork(operations: 2 * Double(weight.count), weightBytes: 4 * Double(weight.count))
  }
}

extension InferenceGraph {
  public func linear(
    _ x: Value, weight: Parameter, bias: Parameter, relu: Bool
  ) throws -> Value {
    try append(LinearOperation(weight: weight, bias: bias, relu: relu), x)
  }
}
