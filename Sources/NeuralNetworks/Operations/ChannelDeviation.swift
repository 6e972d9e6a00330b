import CKernels
import Support
import Tensors

/// The standard deviation of each channel of each image, unbiased.
struct ChannelDeviationOperation: DifferentiableOperation {
  var name: String { "the channel deviation" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].pixels > 1, inputs[0].channels <= 16 else {
      throw UserError(
        "the channel deviation needs more than one pixel and at most 16 channels, not "
          + "\(inputs[0].extents)")
    }
    return FeatureShape(channels: inputs[0].channels)
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .channelDeviation }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    let x = inputs[0]
    context.pool.run(x.batch) { image, _ in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: x.channels) { means in
        rg_channel_deviation(
          x.image(image), x.pixelStride, x.features.pixels, x.channels, means.baseAddress,
          output.image(image))
      }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    let input = inputs[0].value
    return tape.backward(to: inputs[0]) { upstream, dx in
      let x = input.activations
      tape.context.pool.run(x.batch) { image, _ in
        gradient(x, image: image, upstream.image(image), into: dx.image(image))
      }
    }
  }

  /// dx = dy (x − mean) / (deviation (pixels − 1)) of one dense image; 0 where the deviation is 0.
  private func gradient(
    _ x: ActivationView, image: Int, _ upstream: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>
  ) {
    let (channels, pixels) = (x.channels, x.features.pixels)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * channels) { numbers in
      guard let means = numbers.baseAddress else { return }
      let (from, slopes) = (x.image(image), means + channels)
      rg_channel_deviation(from, channels, pixels, channels, means, slopes)
      for c in 0..<channels {
        slopes[c] = slopes[c] == 0 ? 0 : upstream[c] / (slopes[c] * Float(pixels - 1))
      }
      for pixel in 0..<pixels {
        for c in 0..<channels {
          let index = pixel * channels + c
          dx[index] = slopes[c] * (from[index] - means[c])
        }
      }
    }
  }
}

extension Computation {
  /// The standard deviation of each channel of each image, unbiased, as `x.std((2, 3))` of a
  /// PyTorch image: `[N, H, W, C]` → `[N, 1, 1, C]`. Where it is 0 the gradient is 0.
  ///
  /// - Throws: `UserError` when an image has one pixel only, or more than 16 channels.
  public func channelDeviation(_ x: Value) throws -> Value {
    try apply(ChannelDeviationOperation(), x)
  }
}
