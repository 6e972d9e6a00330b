import CKernels
import Support
import Tensors

extension Tape {
  /// The standard deviation of each channel of each image, unbiased, as `x.std((2, 3))` of a
  /// PyTorch image: `[N, H, W, C]` → `[N, C]`. Where it is 0 the gradient is 0.
  ///
  /// - Throws: `UserError` when an image has one pixel only, or more than 16 channels.
  public func channelDeviation(_ x: Variable) throws -> Variable {
    let size = try extents(x, "the channel deviation")
    try require(
      size.imagePixels > 1 && size.channels <= 16,
      "the channel deviation needs more than one pixel and at most 16 channels")
    let (channels, plane) = (size.channels, size.imagePixels * size.channels)
    let count = Double(size.imagePixels)
    let out = allocate(size.batch * channels)
    // Means as float suffice for x − mean in the gradient.
    let means = allocate(size.batch * channels)
    let input = x.value.storage
    context.pool.run(size.batch) { image, _ in
      rg_channel_deviation(
        input.pointer + image * plane, channels, size.imagePixels, channels,
        means.pointer + image * channels, out.pointer + image * channels)
    }
    let value = Tensor([size.batch, channels], storage: out)
    let xs = x.slot
    return record(value, from: [x]) { [self] upstream in
      let dx = allocate(size.count)
      let dy = upstream.storage
      context.pool.run(size.batch) { image, _ in
        let (from, to) = (input.pointer + image * plane, dx.pointer + image * plane)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { slope in
          for c in 0..<channels {
            let deviation = out.pointer[image * channels + c]
            slope[c] =
              deviation == 0
              ? 0 : dy.pointer[image * channels + c] / (deviation * Float(count - 1))
          }
          let mean = means.pointer + image * channels
          for pixel in 0..<size.imagePixels {
            for c in 0..<channels {
              let index = pixel * channels + c
              to[index] = slope[c] * (from[index] - mean[c])
            }
          }
        }
      }
      xs?.accumulate(Tensor(size.shape, storage: dx), on: self)
    }
  }

  /// Constant planes: `[N, C]` → `[N, height, width, C]`.
  ///
  /// - Throws: `UserError` when x is not a matrix.
  public func broadcastToPlanes(_ x: Variable, height: Int, width: Int) throws -> Variable {
    try require(
      x.shape.count == 2 && height > 0 && width > 0, "planes are made of [N, C], not \(x.shape)")
    let (batch, channels, pixels) = (x.shape[0], x.shape[1], height * width)
    let out = allocate(batch * pixels * channels)
    let input = x.value.storage
    context.overRows(batch * pixels, channels: channels) { rows in
      for row in rows {
        (out.pointer + row * channels)
          .update(from: input.pointer + row / pixels * channels, count: channels)
      }
    }
    let xs = x.slot
    return record(Tensor([batch, height, width, channels], storage: out), from: [x]) {
      [self] upstream in
      let dx = allocate(batch * channels)
      let dy = upstream.storage
      context.pool.run(batch) { image, _ in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: channels) { sums in
          sums.update(repeating: 0)
          rg_column_sums(
            dy.pointer + image * pixels * channels, pixels, channels, sums.baseAddress)
          for c in 0..<channels { dx.pointer[image * channels + c] = Float(sums[c]) }
        }
      }
      xs?.accumulate(Tensor([batch, channels], storage: dx), on: self)
    }
  }
}

extension InferenceGraph {
  public func channelDeviation(_ x: Value) throws -> Value {
    try append(
      FloatOperation("the channel deviation") { inputs in
        guard inputs[0].pixels > 1, inputs[0].channels <= 16 else {
          throw UserError(
            "the channel deviation needs more than one pixel and at most 16 channels, not "
              + "\(inputs[0].extents)")
        }
        return FeatureShape(channels: inputs[0].channels)
      } _: { inputs, output, context in
        let x = inputs[0]
        context.pool.run(x.batch) { image, _ in
          withUnsafeTemporaryAllocation(of: Float.self, capacity: x.channels) { means in
            rg_channel_deviation(
              x.image(image), x.pixelStride, x.height * x.width, x.channels, means.baseAddress,
              output.image(image))
          }
        }
      }, x)
  }

  public func planes(_ x: Value, height: Int, width: Int) throws -> Value {
    try append(
      FloatOperation("constant planes") { inputs in
        guard inputs[0].pixels == 1 else {
          throw UserError("planes are made of vectors, not \(inputs[0].extents)")
        }
        return FeatureShape(height: height, width: width, channels: inputs[0].channels)
      } _: { inputs, output, context in
        context.pool.run(output.batch) { image, _ in
          rg_fill_pixels(
            output.image(image), output.pixelStride, inputs[0].image(image),
            output.height * output.width, output.channels)
        }
      }, x)
  }
}
