import CKernels
import Support
import Tensors

/// How a sampler reads between pixels.
public enum Sampling: String, CaseIterable, Sendable, Codable {
  case nearest
  case bilinear
  /// Keys' cubic convolution with a = −0.75, as PyTorch's.
  case bicubic

  var code: Int32 {
    switch self {
    case .nearest: 0
    case .bilinear: 1
    case .bicubic: 2
    }
  }
}

extension Tape {
  /// `torch.nn.functional.affine_grid(theta, (N, C, height, width), align_corners=False)`: theta
  /// `[N, 2, 3]`; result `[N, height, width, 2]`, (x, y) where −1 and 1 are the image's edges.
  ///
  /// - Throws: `UserError` when theta has another shape.
  public func affineGrid(_ theta: Variable, height: Int, width: Int) throws -> Variable {
    try require(
      theta.shape.count == 3 && theta.shape[1] == 2 && theta.shape[2] == 3 && height > 0
        && width > 0, "an affine grid takes [N, 2, 3], not \(theta.shape)")
    let batch = theta.shape[0]
    let plane = 2 * height * width
    let out = allocate(batch * plane)
    let input = theta.value.storage
    context.pool.run(batch) { image, _ in
      rg_affine_grid(input.pointer + 6 * image, height, width, out.pointer + image * plane)
    }
    let slot = theta.slot
    return record(Tensor([batch, height, width, 2], storage: out), from: [theta]) {
      [self] upstream in
      let dtheta = allocate(6 * batch)
      let dgrid = upstream.storage
      context.pool.run(batch) { image, _ in
        rg_affine_grid_gradient(
          dgrid.pointer + image * plane, height, width, dtheta.pointer + 6 * image)
      }
      slot?.accumulate(Tensor([batch, 2, 3], storage: dtheta), on: self)
    }
  }

  /// `torch.nn.functional.grid_sample(x, grid, mode, "zeros", align_corners=False)`: x
  /// `[N, H, W, C]`, grid `[N, H', W', 2]`; result `[N, H', W', C]`. Gradients to both are those of
  /// bilinear sampling, the only differentiable mode here.
  ///
  /// - Throws: `UserError` when the shapes do not fit, or another mode is asked for gradients.
  public func gridSample(
    _ x: Variable, grid: Variable, sampling: Sampling = .bilinear
  ) throws -> Variable {
    let size = try extents(x, "a sampler")
    let target = try extents(grid, "a sampler")
    try require(
      target.channels == 2 && target.batch == size.batch && size.imagePixels > 0,
      "a sampler does not take images \(x.shape) with a grid \(grid.shape)")
    try require(
      sampling == .bilinear || !isRecording || !(x.requiresGradient || grid.requiresGradient),
      "\(sampling.rawValue) sampling is for inference; train with bilinear")
    let channels = size.channels
    let (count, plane) = (target.imagePixels, size.imagePixels * channels)
    let out = allocate(target.pixels * channels)
    let (input, places) = (x.value.storage, grid.value.storage)
    context.pool.run(size.batch * target.height) { task, _ in
      let image = task / target.height
      rg_sample(
        input.pointer + image * plane, size.height, size.width, channels,
        places.pointer + task * target.width * 2, target.width, sampling.code,
        out.pointer + task * target.width * channels)
    }
    let value = Tensor([size.batch, target.height, target.width, channels], storage: out)
    let (xs, gs) = (x.slot, grid.slot)
    return record(value, from: [x, grid]) { [self] upstream in
      let dx = xs.map { _ in allocate(size.count) }
      let dgrid = gs.map { _ in allocate(2 * target.pixels) }
      let dy = upstream.storage
      context.pool.run(size.batch) { image, _ in
        let to = dx.map { $0.pointer + image * plane }
        to?.update(repeating: 0, count: plane)
        rg_sample_gradient(
          input.pointer + image * plane, size.height, size.width, channels,
          places.pointer + image * count * 2, count, dy.pointer + image * count * channels, to,
          dgrid.map { $0.pointer + image * count * 2 })
      }
      if let dx { xs?.accumulate(Tensor(size.shape, storage: dx), on: self) }
      if let dgrid { gs?.accumulate(Tensor(target.shape, storage: dgrid), on: self) }
    }
  }
}

/// For inference: images and θ to the images as θ sees them, or to a part of these.
struct SampleOperation: GraphOperation {
  let sampling: Sampling
  /// The middle of the result that is wanted, or `nil` for all of it.
  var crop: (height: Int, width: Int)?

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].pixels > 0, inputs[1].count == 6 else {
      throw UserError(
        "a sampler does not take images \(inputs[0].extents) with θ \(inputs[1].extents)")
    }
    var shape = inputs[0]
    if let crop { (shape.height, shape.width) = crop }
    return shape
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    let sampling = sampling
    return try FloatStep("a sampler", type) { inputs, output, context in
      sampling.apply(to: inputs[0], theta: inputs[1], into: output, context)
    }
  }
}

extension Sampling {
  /// The middle of images as θ sees them, as many pixels of it as the output has.
  ///
  /// - Parameter theta: vectors of 6.
  fileprivate func apply(
    to images: ActivationView, theta: ActivationView, into output: ActivationView,
    _ context: ComputeContext
  ) {
    let dense = images.isDense ? nil : images.denseCopy()
    defer { withExtendedLifetime(dense) {} }
    let x = dense?.view ?? images
    let (top, left) = FeatureShape(height: x.height, width: x.width, channels: x.channels)
      .centerOffset(height: output.height, width: output.width)
    // Rows of a block share the image's pixels.
    let parts = max(1, min(output.height, 4 * context.pool.threads / max(output.batch, 1)))
    context.pool.run(output.batch * parts) { task, _ in
      let (image, part) = (task / parts, task % parts)
      for row in output.height * part / parts..<output.height * (part + 1) / parts {
        rg_sample_affine(
          x.image(image), x.height, x.width, x.channels, theta.image(image), code, top + row, left,
          output.width, output.image(image) + row * output.width * output.pixelStride,
          output.pixelStride)
      }
    }
  }

  /// Images `[N, H, W, C]` as θ `[N, 1, 1, 6]` sees them, outside of any network.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func apply(
    to images: Tensor, theta: Tensor, context: ComputeContext
  ) throws -> Tensor {
    guard images.shape.count == 4, theta.shape == [images.shape[0], 1, 1, 6] else {
      throw UserError("a sampler does not take images \(images.shape) with θ \(theta.shape)")
    }
    return Tensor(images.shape) { memory in
      guard let to = memory.baseAddress else { return }
      func view(_ pointer: UnsafeMutablePointer<Float>, _ shape: [Int]) -> ActivationView {
        ActivationView(
          pointer, batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
      }
      withExtendedLifetime((images, theta)) {
        apply(
          to: view(images.storage.pointer, images.shape),
          theta: view(theta.storage.pointer, theta.shape), into: view(to, images.shape), context)
      }
    }
  }
}

extension InferenceGraph {
  public func sample(_ x: Value, theta: Value, sampling: Sampling) throws -> Value {
    try append(SampleOperation(sampling: sampling), x, theta)
  }
}
