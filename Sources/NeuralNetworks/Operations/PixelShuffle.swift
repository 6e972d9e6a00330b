import Support
import Tensors

/// Blocks of pixels into channels, or back.
struct PixelShuffleOperation: DifferentiableOperation {
  /// Side of a block.
  let factor: Int
  /// Whether channels become pixels (`torch.nn.PixelShuffle`); otherwise pixels become channels
  /// (`torch.nn.PixelUnshuffle`).
  let enlarges: Bool

  var name: String { enlarges ? "a pixel shuffle" : "a pixel unshuffle" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    var shape = inputs[0]
    let divides =
      enlarges
      ? shape.channels.isMultiple(of: factor * factor)
      : shape.height.isMultiple(of: factor) && shape.width.isMultiple(of: factor)
    guard factor > 0, shape.pixels > 0, divides else {
      throw UserError("\(name) by \(factor) does not take \(inputs[0].extents)")
    }
    if enlarges {
      shape.channels /= factor * factor
      (shape.height, shape.width) = (shape.height * factor, shape.width * factor)
    } else {
      shape.channels *= factor * factor
      (shape.height, shape.width) = (shape.height / factor, shape.width / factor)
    }
    return shape
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    enlarges ? .pixelShuffle(by: factor) : .pixelUnshuffle(by: factor)
  }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    if enlarges {
      eachNumber(of: output, and: inputs[0], context) { $0.pointee = $1.pointee }
    } else {
      eachNumber(of: inputs[0], and: output, context) { $1.pointee = $0.pointee }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    tape.backward(to: inputs[0]) { upstream, dx in
      let inverse = Self(factor: factor, enlarges: !enlarges)
      inverse.compute([upstream], into: dx, tape.context)
    }
  }

  /// Calls `body` with the places of each number in the larger image and in the one of more channels,
  /// whose channel is (c · factor + row) · factor + column.
  private func eachNumber(
    of large: ActivationView, and deep: ActivationView, _ context: ComputeContext,
    _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    let channels = large.channels
    context.overRows(large.batch * large.height, channels: large.width * channels) { lines in
      for line in lines {
        let (image, y) = (line / large.height, line % large.height)
        var pixel = large.image(image) + y * large.width * large.pixelStride
        var block = deep.image(image) + y / factor * deep.width * deep.pixelStride
        for _ in 0..<deep.width {
          for column in 0..<factor {
            var place = block + y % factor * factor + column
            for c in 0..<channels {
              body(pixel + c, place)
              place += factor * factor
            }
            pixel += large.pixelStride
          }
          block += deep.pixelStride
        }
      }
    }
  }
}

extension Computation {
  /// `torch.nn.PixelUnshuffle`: `[N, H, W, C]` → `[N, H / factor, W / factor, C · factor²]`.
  ///
  /// - Throws: `UserError` unless the factor divides height and width.
  public func pixelUnshuffle(_ x: Value, by factor: Int) throws -> Value {
    try apply(PixelShuffleOperation(factor: factor, enlarges: false), x)
  }

  /// `torch.nn.PixelShuffle`: `[N, H, W, C · factor²]` → `[N, H · factor, W · factor, C]`.
  ///
  /// - Throws: `UserError` unless the factor's square divides the channels.
  public func pixelShuffle(_ x: Value, by factor: Int) throws -> Value {
    try apply(PixelShuffleOperation(factor: factor, enlarges: true), x)
  }
}
