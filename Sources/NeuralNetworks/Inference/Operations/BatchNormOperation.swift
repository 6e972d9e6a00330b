import CKernels
import Support
import Tensors

/// A batch norm by its running statistics, where no convolution before it takes it in.
struct BatchNormOperation: GraphOperation {
  let norm: BatchNorm2d.Parameters
  let relu: Bool

  var parameters: [Parameter] { norm.all }

  func shape(_ inputs: [FeatureShape]) -> FeatureShape { inputs[0] }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    let gamma = try packing[norm.weight].elements
    let variance = try packing[norm.runningVariance].elements
    let (mean, bias) = (try packing[norm.runningMean], try packing[norm.bias])
    let scale = Tensor(
      zip(gamma, variance).map {
        Float(Double($0) / (Double($1) + BatchNorm2d.Parameters.epsilon).squareRoot())
      })
    let relu = relu
    return try FloatStep("a batch norm without a convolution before it", type) {
      inputs, output, context in
      let x = inputs[0]
      let (m, s, b) = (mean.storage, scale.storage, bias.storage)
      context.pool.run(over: x.pixels, pieces: 4 * context.pool.threads) { pixels, _ in
        for pixel in pixels {
          rg_batch_norm_apply(
            output.pointer + pixel * output.pixelStride, x.pointer + pixel * x.pixelStride,
            m.pointer, s.pointer, b.pointer, relu ? 1 : 0, 1, x.channels)
        }
      }
    }
  }
}

extension InferenceGraph {
  public func batchNorm(
    _ x: Value, _ norm: BatchNorm2d.Parameters, relu: Bool
  ) throws -> Value {
    try append(BatchNormOperation(norm: norm, relu: relu), x)
  }
}
