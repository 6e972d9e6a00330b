import CKernels
import Support
import Tensors

/// How a sampler reads between pixels.
public enum Sampling: String, CaseIterable, Sendable, Codable {
  case nearest
  case bilinear
  /// Keys' cubic convolution with a = −0.75, as PyTorch's.
  case bicubic

  fileprivate var code: Int32 {
    switch self {
    case .nearest: 0
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// Images `[N, H, W, C]` as θ sees them, see `Computation.sample`, outside of any network.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func apply(
    to images: Tensor, theta: Tensor, context: ComputeContext
  ) throws -> Tensor {
    try SampleOperation(sampling: self).result(of: [images, theta], context)
  }
}

/// Images as θ, vectors of 6 or 8, sees them, or a part of these.
struct SampleOperation: FloatOperation {
  let sampling: Sampling
  /// The middle of the result that is wanted, or `nil` for all of it.
  var crop: (height: Int, width: Int)?

  var name: String { "a sampler" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].pixels > 0, isTheta(inputs[1]) else {
      throw UserError(
        "a sampler does not take images \(inputs[0].extents) with θ \(inputs[1].extents)")
    }
    var shape = inputs[0]
    if let crop { (shape.height, shape.width) = crop }
    return shape
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .sample(sampling) }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    inputs[0].withoutGaps { x in
      let (top, left) = x.features.centerOffset(height: output.height, width: output.width)
      // Rows of a block share the image's pixels.
      context.overRows(ofImages: output.batch, height: output.height) { image, rows in
        for row in rows {
          rg_sample_theta(
            x.image(image), x.height, x.width, x.channels, inputs[1].image(image),
            Int32(inputs[1].features.count), sampling.code, top + row, left, output.width,
            output.image(image) + row * output.width * output.pixelStride, output.pixelStride)
        }
      }
    }
  }
}

/// Whether an image's shape is that of θ: 6 numbers of an affine map, or 8 of a projective one.
private func isTheta(_ shape: FeatureShape) -> Bool { shape.count == 6 || shape.count == 8 }

extension Tape {
  /// Images as θ sees them: `grid` and `gridSample`.
  ///
  /// - Throws: `UserError` when the shapes do not fit, or gradients are asked for but `sampling` is not
  ///   bilinear.
  public func sample(_ x: Variable, theta: Variable, sampling: Sampling) throws -> Variable {
    let size = x.value.activations
    return try gridSample(
      x, grid: grid(of: theta, height: size.height, width: size.width), sampling: sampling)
  }

  /// `torch.nn.functional.affine_grid(theta, (N, C, height, width), align_corners=False)`: θ
  /// `[N, 2, 3]` or any other shape of 6 numbers an image; result `[N, height, width, 2]`, (x, y) where
  /// −1 and 1 are the image's edges. θ of 8 numbers is a homography, see `Computation.sample`.
  ///
  /// - Throws: `UserError` when theta has another shape.
  public func grid(of theta: Variable, height: Int, width: Int) throws -> Variable {
    let (places, from) = (theta.value, theta.value.activations)
    try require(
      isTheta(from.features) && height > 0 && width > 0,
      "a grid takes 6 or 8 numbers an image, not \(theta.shape)")
    let numbers = Int32(from.features.count)
    let value = uninitialized([from.batch, height, width, 2])
    let grid = value.activations
    context.pool.run(from.batch) { image, _ in
      rg_theta_grid(from.image(image), numbers, height, width, grid.image(image))
    }
    return record(
      value, from: [theta],
      backward(to: theta) { upstream, dtheta in
        let from = places.activations
        context.pool.run(dtheta.batch) { image, _ in
          rg_theta_grid_gradient(
            from.image(image), numbers, upstream.image(image), height, width, dtheta.image(image))
        }
      })
  }

  /// `torch.nn.functional.grid_sample(x, grid, mode, "zeros", align_corners=False)`: x
  /// `[N, H, W, C]`, grid `[N, H', W', 2]`; result `[N, H', W', C]`. Gradients to both are those of
  /// bilinear sampling, the only differentiable mode here.
  ///
  /// - Throws: `UserError` when the shapes do not fit, or another mode is asked for gradients.
  public func gridSample(
    _ x: Variable, grid: Variable, sampling: Sampling = .bilinear
  ) throws -> Variable {
    let (input, places) = (x.value, grid.value)
    let (size, target) = (input.activations, places.activations)
    try require(
      target.channels == 2 && target.batch == size.batch && size.features.pixels > 0,
      "a sampler does not take images \(x.shape) with a grid \(grid.shape)")
    try require(
      sampling == .bilinear || !isRecording || !(x.requiresGradient || grid.requiresGradient),
      "\(sampling.rawValue) sampling is for inference; train with bilinear")
    let value = uninitialized([size.batch, target.height, target.width, size.channels])
    let out = value.activations
    context.pool.run(size.batch * target.height) { task, _ in
      rg_sample(
        size.image(task / target.height), size.height, size.width, size.channels,
        target.pointer + task * target.width * 2, target.width, sampling.code,
        out.pointer + task * out.width * out.channels)
    }
    let (xs, gs) = (x.slot, grid.slot)
    return record(value, from: [x, grid]) { upstream in
      let (size, target, dy) = (input.activations, places.activations, upstream.activations)
      let dx = xs.map { _ in uninitialized(input.shape) }
      let dgrid = gs.map { _ in uninitialized(places.shape) }
      let (toImages, toGrid) = (dx?.activations, dgrid?.activations)
      context.pool.run(size.batch) { image, _ in
        let to = toImages?.image(image)
        to?.update(repeating: 0, count: size.features.count)
        rg_sample_gradient(
          size.image(image), size.height, size.width, size.channels, target.image(image),
          target.features.pixels, dy.image(image), to, toGrid?.image(image))
      }
      if let dx { xs?.accumulate(dx, on: self) }
      if let dgrid { gs?.accumulate(dgrid, on: self) }
    }
  }
}

extension InferenceGraph {
  /// Images as θ sees them; zeros outside.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func sample(_ x: Value, theta: Value, sampling: Sampling) throws -> Value {
    try append(SampleOperation(sampling: sampling), to: [x, theta])
  }
}
