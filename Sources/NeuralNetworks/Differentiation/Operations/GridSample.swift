import CKernels
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
