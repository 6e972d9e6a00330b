import CKernels
import Support
import Tensors

extension Tape {
  /// The channels of both, one after the other.
  ///
  /// - Throws: `UserError` when batch or image size differ.
  public func concatenate(_ first: Variable, _ second: Variable) throws -> Variable {
    let (a, b) = (try extents(first, "concatenation"), try extents(second, "concatenation"))
    try require(
      a.batch == b.batch && a.height == b.height && a.width == b.width,
      "\(first.shape) and \(second.shape) cannot be concatenated")
    let channels = a.channels + b.channels
    let out = allocate(a.pixels * channels)
    copyChannels(first.value, of: a, into: out, stride: channels, at: 0)
    copyChannels(second.value, of: b, into: out, stride: channels, at: a.channels)
    let value = Tensor([a.batch, a.height, a.width, channels], storage: out)
    let (firstSlot, secondSlot) = (first.slot, second.slot)
    return record(value, from: [first, second]) { [self] upstream in
      firstSlot?.accumulate(channelRange(upstream, a, at: 0), on: self)
      secondSlot?.accumulate(channelRange(upstream, b, at: a.channels), on: self)
    }
  }

  private func copyChannels(
    _ from: Tensor, of size: Extents, into out: AlignedBuffer, stride: Int, at offset: Int
  ) {
    let input = from.storage
    context.overRows(size.pixels, channels: size.channels) { rows in
      rg_copy_rows(
        out.pointer + rows.lowerBound * stride + offset, stride,
        input.pointer + rows.lowerBound * size.channels, size.channels, rows.count, size.channels)
    }
  }

  /// Channels of `from`, as many as `size` has, from `offset` on.
  private func channelRange(_ from: Tensor, _ size: Extents, at offset: Int) -> Tensor {
    let out = allocate(size.count)
    let input = from.storage
    let stride = from.shape.last ?? 0
    context.overRows(size.pixels, channels: size.channels) { rows in
      rg_copy_rows(
        out.pointer + rows.lowerBound * size.channels, size.channels,
        input.pointer + rows.lowerBound * stride + offset, stride, rows.count, size.channels)
    }
    return Tensor(size.shape, storage: out)
  }

  /// The `height` × `width` pixels whose upper left one is (`top`, `left`).
  ///
  /// - Throws: `UserError` when they do not lie in the image.
  public func crop(
    _ x: Variable, top: Int, left: Int, height: Int, width: Int
  ) throws -> Variable {
    let size = try extents(x, "a crop")
    try require(
      top >= 0 && left >= 0 && height > 0 && width > 0 && top + height <= size.height
        && left + width <= size.width, "\(width)×\(height) does not fit in \(x.shape)")
    var target = size
    (target.height, target.width) = (height, width)
    let out = allocate(target.count)
    let input = x.value.storage
    let (line, from) = (width * size.channels, size.width * size.channels)
    func source(_ row: Int) -> Int {
      (row / height * size.height + top + row % height) * from + left * size.channels
    }
    context.overRows(size.batch * height, channels: line) { rows in
      for row in rows {
        (out.pointer + row * line).update(from: input.pointer + source(row), count: line)
      }
    }
    let xs = x.slot
    return record(Tensor(target.shape, storage: out), from: [x]) { [self] upstream in
      let dx = allocate(size.count)
      let dy = upstream.storage
      context.elementwise(size.count) { range in
        (dx.pointer + range.lowerBound).update(repeating: 0, count: range.count)
      }
      context.overRows(size.batch * height, channels: line) { rows in
        for row in rows {
          (dx.pointer + source(row)).update(from: dy.pointer + row * line, count: line)
        }
      }
      xs?.accumulate(Tensor(size.shape, storage: dx), on: self)
    }
  }

  /// The middle of an image, as torchvision's `center_crop`: an odd margin is halved to the nearest
  /// even number.
  ///
  /// - Throws: `UserError` when the image is smaller.
  public func centerCrop(_ x: Variable, height: Int, width: Int) throws -> Variable {
    let size = try extents(x, "a crop")
    let (top, left) = FeatureShape(
      height: size.height, width: size.width, channels: size.channels
    ).centerOffset(height: height, width: width)
    return try crop(x, top: top, left: left, height: height, width: width)
  }

  /// `[N, C · H · W]` in PyTorch's order (channel, row, column), so that the weights of a linear
  /// layer after `torch.flatten(x, 1)` serve here as they are.
  ///
  /// - Throws: `UserError` when x is not `[N, H, W, C]`.
  public func flatten(_ x: Variable) throws -> Variable {
    let size = try extents(x, "flatten")
    let (pixels, plane) = (size.imagePixels, size.imagePixels * size.channels)
    let out = allocate(size.count)
    let input = x.value.storage
    context.pool.run(size.batch) { image, _ in
      rg_transpose_outer(
        input.pointer + image * plane, out.pointer + image * plane, pixels, 1, size.channels, 0,
        pixels)
    }
    let xs = x.slot
    return record(Tensor([size.batch, plane], storage: out), from: [x]) { [self] upstream in
      let dx = allocate(size.count)
      let dy = upstream.storage
      context.pool.run(size.batch) { image, _ in
        rg_transpose_outer(
          dy.pointer + image * plane, dx.pointer + image * plane, size.channels, 1, pixels, 0,
          size.channels)
      }
      xs?.accumulate(Tensor(size.shape, storage: dx), on: self)
    }
  }

  /// The same elements under another shape.
  ///
  /// - Throws: `UserError` when their number differs.
  public func reshape(_ x: Variable, _ shape: [Int]) throws -> Variable {
    guard let value = x.value.reshaped(shape) else {
      throw UserError("\(x.shape) does not have the elements of \(shape)")
    }
    let (xs, before) = (x.slot, x.shape)
    return record(value, from: [x]) { [self] upstream in
      if let dx = upstream.reshaped(before) { xs?.accumulate(dx, on: self) }
    }
  }
}
