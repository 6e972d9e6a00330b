import CKernels
import Support
import Tensors

/// The largest of each window.
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

  func function(of inputs: [FeatureShape]) -> GraphFunction { .maxPool(pooling) }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { Step<Element>(pooling: pooling) }

  private struct Step<Element: ActivationElement>: InferenceStep {
    let pooling: Pooling

    func run(_ views: StepViews, _ context: ComputeContext) {
      pooling.largest(
        views.input(as: Element.self), into: views.output(as: Element.self), context)
    }
  }
}

extension Pooling {
  /// - Parameter places: one for each number of the output, where in its window the largest is, or
  ///   `nil` for nowhere; of dense float32 alone.
  fileprivate func largest<Element: ActivationElement>(
    _ input: Activations<Element>, into output: Activations<Element>,
    places: UnsafeMutablePointer<UInt8>? = nil, _ context: ComputeContext
  ) {
    let plane = output.features.count
    context.overRows(ofImages: output.batch, height: output.height) { image, rows in
      rg_max_pool(
        input.image(image), input.height, input.width, input.pixelStride, output.image(image),
        output.width, output.pixelStride, output.channels, size, stride, padding,
        rows.lowerBound, rows.upperBound, places.map { $0 + image * plane }, Element.isNarrow)
    }
  }

  /// Gives each number's gradient to the place that it came from.
  fileprivate func gradient(
    _ upstream: ActivationView, places: UnsafeMutablePointer<UInt8>, into dx: ActivationView,
    _ context: ComputeContext
  ) {
    let plane = upstream.features.count
    let isTiling =
      self == Pooling(size: 2, stride: 2) && dx.height == 2 * upstream.height
      && dx.width == 2 * upstream.width
    if isTiling {
      context.pool.run(upstream.batch * upstream.height) { task, _ in
        let (image, row) = task.quotientAndRemainder(dividingBy: upstream.height)
        rg_max_pool_gradient_2x2(
          dx.image(image), dx.width, upstream.image(image), places + image * plane,
          upstream.width, upstream.channels, row)
      }
    } else {
      context.pool.run(upstream.batch) { image, _ in
        dx.image(image).update(repeating: 0, count: dx.features.count)
        rg_max_pool_gradient(
          dx.image(image), dx.width, upstream.image(image), places + image * plane,
          upstream.height, upstream.width, upstream.channels, size, stride, padding)
      }
    }
  }
}

extension Tape {
  /// `torch.nn.functional.max_pool2d`; the gradient goes to the first maximum of a window.
  ///
  /// - Throws: `UserError` when the window is larger than 15, its padding more than half of it, or
  ///   the image too small.
  public func maxPool(_ x: Variable, _ pooling: Pooling) throws -> Variable {
    try require(
      (1...15).contains(pooling.size) && pooling.stride > 0
        && (0...pooling.size / 2).contains(pooling.padding),
      "max pooling takes windows of 1 to 15 and padding of at most half a window")
    let size = x.value.activations
    let target = try MaxPoolOperation(pooling: pooling).shape([size.features])
    let value = uninitialized([size.batch] + target.extents)
    // One byte a number, in memory of the pool.
    let places = allocate((value.count + 3) / 4)
    pooling.largest(size, into: value.activations, places: bytes(places), context)
    return record(
      value, from: [x],
      backward(to: x) { pooling.gradient($0, places: bytes(places), into: $1, context) })
  }
}

private func bytes(_ memory: AlignedBuffer) -> UnsafeMutablePointer<UInt8> {
  UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: UInt8.self)
}

extension InferenceGraph {
  /// The largest of each window; windows beyond the image's border count what lies in it.
  ///
  /// - Throws: `UserError` when the image is smaller than a window.
  public func maxPool(_ x: Value, _ pooling: Pooling) throws -> Value {
    try append(MaxPoolOperation(pooling: pooling), to: [x])
  }
}
