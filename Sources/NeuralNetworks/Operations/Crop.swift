import CKernels
import Support
import Tensors

/// A copy of a part of each image.
struct CropOperation: DifferentiableOperation {
  let height: Int
  let width: Int
  /// The upper left pixel, or `nil` for the middle of whatever the image's size is.
  var corner: (top: Int, left: Int)?

  var name: String { "a crop" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    let x = inputs[0]
    let (top, left) = corner(in: x)
    guard top >= 0, left >= 0, height > 0, width > 0, top + height <= x.height,
      left + width <= x.width
    else { throw UserError("\(width)×\(height) does not fit in \(x.extents)") }
    return FeatureShape(height: height, width: width, channels: x.channels)
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    let (top, left) = corner(in: inputs[0])
    return .crop(top: top, left: left)
  }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    eachLine(of: inputs[0], and: output, context) { whole, part in
      rg_copy_rows(
        part, output.pixelStride, whole, inputs[0].pixelStride, width, output.channels)
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    tape.backward(to: inputs[0]) { part, whole in
      tape.context.elementwise(whole.count) { range in
        (whole.pointer + range.lowerBound).update(repeating: 0, count: range.count)
      }
      let count = width * part.channels
      eachLine(of: whole, and: part, tape.context) { $0.update(from: $1, count: count) }
    }
  }

  /// Calls `body` with the beginnings of the same line in the image and in its part.
  private func eachLine(
    of whole: ActivationView, and part: ActivationView, _ context: ComputeContext,
    _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    let (top, left) = corner(in: whole.features)
    context.overRows(part.batch * height, channels: width * part.channels) { lines in
      for line in lines {
        let (image, row) = (line / height, line % height)
        body(
          whole.image(image) + ((top + row) * whole.width + left) * whole.pixelStride,
          part.image(image) + row * width * part.pixelStride)
      }
    }
  }

  private func corner(in image: FeatureShape) -> (top: Int, left: Int) {
    corner ?? image.centerOffset(height: height, width: width)
  }
}

extension Computation {
  /// The middle of an image, as torchvision's `center_crop`: an odd margin is halved to the nearest
  /// even number.
  ///
  /// - Throws: `UserError` when the image is smaller.
  public func centerCrop(_ x: Value, height: Int, width: Int) throws -> Value {
    try apply(CropOperation(height: height, width: width), x)
  }
}
