import Support
import Tensors

/// A max pooling.
struct MaxPoolOperation: GraphOperation {
  let pooling: Pooling

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    let x = inputs[0]
    let (height, width) = (pooling.outputLength(x.height), pooling.outputLength(x.width))
    guard height > 0, width > 0 else {
      throw UserError("\(x.extents) is too small for \(pooling.size)×\(pooling.size)")
    }
    return FeatureShape(height: height, width: width, channels: x.channels)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { Step<Element>(pooling: pooling) }

  private struct Step<Element: ActivationElement>: InferenceStep {
    let pooling: Pooling

    func run(_ views: StepViews, _ context: ComputeContext) {
      pooling.forward(
        views.input(as: Element.self), into: views.output(as: Element.self), context: context)
    }
  }
}

/// Adaptive average pooling.
struct AveragePoolOperation: GraphOperation {
  let height: Int
  let width: Int

  var mayEndInFloat: Bool { true }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard height > 0, width > 0, inputs[0].pixels > 0 else {
      throw UserError("average pooling of \(inputs[0].extents) to \(width)×\(height) pixels")
    }
    return FeatureShape(height: height, width: width, channels: inputs[0].channels)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { Step<Element>() }

  private struct Step<Element: ActivationElement>: InferenceStep {
    func run(_ views: StepViews, _ context: ComputeContext) {
      switch (views.inputIsFloat(), views.outputIsFloat) {
      case (true, _): pool(views.input(as: Float.self), views.output(as: Float.self), context)
      case (false, true): pool(views.input(as: Element.self), views.output(as: Float.self), context)
      case (false, false):
        pool(views.input(as: Element.self), views.output(as: Element.self), context)
      }
    }

    private func pool<Input: ActivationElement, Output: ActivationElement>(
      _ input: Activations<Input>, _ output: Activations<Output>, _ context: ComputeContext
    ) {
      averageWindows(
        input, rows: adaptiveWindows(input.height, output.height),
        columns: adaptiveWindows(input.width, output.width), into: output, context)
    }
  }
}

extension InferenceGraph {
  public func maxPool(_ x: Value, _ pooling: Pooling) throws -> Value {
    try append(MaxPoolOperation(pooling: pooling), x)
  }

  public func averagePool(_ x: Value, toHeight height: Int, width: Int) throws -> Value {
    (height, width) == (x.shape.height, x.shape.width)
      ? x : try append(AveragePoolOperation(height: height, width: width), x)
  }
}
