import CKernels
import Support
import Tensors

/// For inference: the channels of all inputs, one after the other, written where they belong.
struct ConcatenationOperation: GraphOperation {
  var isConcatenation: Bool { true }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    var shape = inputs[0]
    shape.channels = inputs.reduce(0) { $0 + $1.channels }
    guard inputs.allSatisfy({ $0.height == shape.height && $0.width == shape.width }) else {
      throw UserError(
        "\(inputs.map { "\($0.extents)" }.joined(separator: " and ")) cannot be concatenated")
    }
    return shape
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { NoStep() }
}

/// For inference: a copy of the middle of an image.
struct CropOperation: GraphOperation {
  let height: Int
  let width: Int

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard height > 0, width > 0, height <= inputs[0].height, width <= inputs[0].width else {
      throw UserError("\(width)×\(height) does not fit in \(inputs[0].extents)")
    }
    return FeatureShape(height: height, width: width, channels: inputs[0].channels)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    try FloatStep("a crop", type) { inputs, output, context in
      let x = inputs[0]
      let (top, left) = FeatureShape(height: x.height, width: x.width, channels: x.channels)
        .centerOffset(height: output.height, width: output.width)
      context.pool.run(output.batch * output.height) { task, _ in
        let (image, row) = (task / output.height, task % output.height)
        rg_copy_rows(
          output.image(image) + row * output.width * output.pixelStride, output.pixelStride,
          x.image(image) + ((top + row) * x.width + left) * x.pixelStride, x.pixelStride,
          output.width, output.channels)
      }
    }
  }
}

/// For inference: activations as a vector in PyTorch's order, where no linear layer takes it in.
struct FlattenOperation: GraphOperation {
  func shape(_ inputs: [FeatureShape]) -> FeatureShape { FeatureShape(channels: inputs[0].count) }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    try FloatStep("flatten", type) { inputs, output, context in
      let x = inputs[0]
      let pixels = x.height * x.width
      context.pool.run(x.batch) { image, _ in
        let (from, to) = (x.image(image), output.image(image))
        for pixel in 0..<pixels {
          for channel in 0..<x.channels {
            to[channel * pixels + pixel] = from[pixel * x.pixelStride + channel]
          }
        }
      }
    }
  }
}

/// For inference: relu?(a + b), where no convolution takes the sum in.
struct AddOperation: GraphOperation {
  let relu: Bool

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0] == inputs[1] else {
      throw UserError("\(inputs[0].extents) and \(inputs[1].extents) cannot be added")
    }
    return inputs[0]
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    let relu = relu
    return try FloatStep("a sum", type) { inputs, output, context in
      context.pool.run(over: output.pixels, pieces: 4 * context.pool.threads) { pixels, _ in
        for pixel in pixels {
          let (a, b) = (
            inputs[0].pointer + pixel * inputs[0].pixelStride,
            inputs[1].pointer + pixel * inputs[1].pixelStride
          )
          let to = output.pointer + pixel * output.pixelStride
          for channel in 0..<output.channels {
            let sum = a[channel] + b[channel]
            to[channel] = relu ? max(sum, 0) : sum
          }
        }
      }
    }
  }
}

extension InferenceGraph {
  /// Some of the channels of a value.
  ///
  /// - Throws: `UserError` when it does not have them.
  public func channels(_ range: Range<Int>, of x: Value) throws -> Value {
    try append(
      FloatOperation("a choice of channels") { inputs in
        guard range.lowerBound >= 0, range.upperBound <= inputs[0].channels else {
          throw UserError("\(inputs[0].extents) has no channels \(range)")
        }
        return FeatureShape(
          height: inputs[0].height, width: inputs[0].width, channels: range.count)
      } _: { inputs, output, context in
        let x = inputs[0]
        context.pool.run(over: x.pixels, pieces: 4 * context.pool.threads) { pixels, _ in
          rg_copy_rows(
            output.pointer + pixels.lowerBound * output.pixelStride, output.pixelStride,
            x.pointer + pixels.lowerBound * x.pixelStride + range.lowerBound, x.pixelStride,
            pixels.count, output.channels)
        }
      }, x)
  }

  public func concatenate(_ parts: [Value]) throws -> Value {
    guard !parts.isEmpty else { throw UserError("nothing to concatenate") }
    // A value lies in one place: the input, and parts of another concatenation, are copied.
    let taken = Set(nodes.filter(\.operation.isConcatenation).flatMap(\.inputs)).union([input.index]
    )
    var seen = taken
    return try append(
      ConcatenationOperation(),
      parts.map { part in
        seen.insert(part.index).inserted
          ? part : try centerCrop(part, height: part.shape.height, width: part.shape.width)
      })
  }

  public func centerCrop(_ x: Value, height: Int, width: Int) throws -> Value {
    try append(CropOperation(height: height, width: width), x)
  }

  public func flatten(_ x: Value) throws -> Value {
    x.shape.pixels == 1 ? x : try append(FlattenOperation(), x)
  }

  public func scale(_ x: Value, by factor: Float, plus offset: [Float]) throws -> Value {
    try append(
      FloatOperation("a scaled vector") { inputs in
        guard inputs[0].count == offset.count else {
          throw UserError("\(offset.count) numbers cannot be added to \(inputs[0].extents)")
        }
        return inputs[0]
      } _: { inputs, output, _ in
        for image in 0..<output.batch {
          let (from, to) = (inputs[0].image(image), output.image(image))
          for (index, plus) in offset.enumerated() { to[index] = plus + factor * from[index] }
        }
      }, x)
  }

  public func add(_ a: Value, _ b: Value, relu: Bool) throws -> Value {
    try append(AddOperation(relu: relu), a, b)
  }
}
