import CKernels
import Tensors

extension Tape {
  /// `torch.nn.functional.max_pool2d`; the gradient goes to the first maximum of a window.
  ///
  /// - Throws: `UserError` when the window is larger than 15, its padding more than half of it, or
  ///   the image too small.
  public func maxPool(
    _ x: Variable, size window: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false
  ) throws -> Variable {
    try maxPool(x, Pooling(size: window, stride: stride, padding: padding, ceilMode: ceilMode))
  }

  /// The same with its windows as a value.
  func maxPool(_ x: Variable, _ pooling: Pooling) throws -> Variable {
    let size = try extents(x, "max pooling")
    try require(
      (1...15).contains(pooling.size) && pooling.stride > 0
        && (0...pooling.size / 2).contains(pooling.padding),
      "max pooling takes windows of 1 to 15 and padding of at most half a window")
    let out = Extents(
      batch: size.batch, height: pooling.outputLength(size.height),
      width: pooling.outputLength(size.width), channels: size.channels)
    try require(
      out.height > 0 && out.width > 0, "\(x.shape) is too small for \(pooling.size)×\(pooling.size)"
    )
    let result = allocate(out.count)
    // One byte a window, in memory of the pool.
    let memory = allocate((out.count + 3) / 4)
    let input = x.value.storage
    let plane = out.imagePixels * out.channels
    context.pool.run(out.batch * out.height) { task, _ in
      let (image, row) = (task / out.height, task % out.height)
      rg_max_pool_places(
        input.pointer + image * size.imagePixels * size.channels, size.height, size.width,
        result.pointer + image * plane, bytes(memory) + image * plane, out.width, out.channels,
        pooling.size, pooling.stride, pooling.padding, row, row + 1)
    }
    let xs = x.slot
    return record(Tensor(out.shape, storage: result), from: [x]) { [self] upstream in
      let dx = poolGradient(upstream, memory, pooling, from: out, to: size)
      xs?.accumulate(Tensor(size.shape, storage: dx), on: self)
    }
  }

  /// 2×2 windows without overlap, the U-Net's pooling.
  public func maxPool2x2(_ x: Variable) throws -> Variable {
    try maxPool(x, size: 2, stride: 2)
  }

  private func poolGradient(
    _ upstream: Tensor, _ memory: AlignedBuffer, _ pooling: Pooling, from out: Extents,
    to size: Extents
  ) -> AlignedBuffer {
    let dx = allocate(size.count)
    let dy = upstream.storage
    let (plane, source) = (out.imagePixels * out.channels, size.imagePixels * size.channels)
    let simple =
      pooling.size == 2 && pooling.stride == 2 && pooling.padding == 0
      && size.height == 2 * out.height && size.width == 2 * out.width
    if simple {
      context.pool.run(out.batch * out.height) { task, _ in
        let (image, row) = (task / out.height, task % out.height)
        rg_max_pool_gradient_2x2(
          dx.pointer + image * source, size.width, dy.pointer + image * plane,
          bytes(memory) + image * plane, out.width, out.channels, row)
      }
    } else {
      context.pool.run(out.batch) { image, _ in
        (dx.pointer + image * source).update(repeating: 0, count: source)
        rg_max_pool_gradient(
          dx.pointer + image * source, size.width, dy.pointer + image * plane,
          bytes(memory) + image * plane, out.height, out.width, out.channels, pooling.size,
          pooling.stride, pooling.padding)
      }
    }
    return dx
  }
}

private func bytes(_ memory: AlignedBuffer) -> UnsafeMutablePointer<UInt8> {
  UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: UInt8.self)
}
