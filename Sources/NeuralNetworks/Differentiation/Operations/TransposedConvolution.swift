import CKernels
import Tensors

extension Tape {
  /// The U-Net's up-convolution, `torch.nn.functional.conv_transpose2d(x, weight, bias, stride=2)`
  /// with 2×2 kernels: x `[N, H, W, in]`, weight `[in, out, 2, 2]`, bias `[out]`; result
  /// `[N, 2 H, 2 W, out]`. Windows do not overlap: a matrix product and a rearrangement.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func transposedConvolution2x2(
    _ x: Variable, weight: Variable, bias: Variable? = nil
  ) throws -> Variable {
    let size = try extents(x, "a transposed convolution")
    let w = weight.shape
    try require(
      w.count == 4 && w[0] == size.channels && w[2] == 2 && w[3] == 2
        && (bias.map { $0.shape == [w[1]] } ?? true),
      "a transposed convolution of \(size.channels) channels does not take weights \(w) with bias "
        + "\(bias?.shape ?? [])")
    let up = UpConvolution(size: size, out: w[1], tape: self)
    let packed = up.pack(weight.value)
    let value = up.forward(x.value, packed, bias?.value)
    let (xs, ws, bs) = (x.slot, weight.slot, bias?.slot)
    let saved = ws == nil ? nil : x.value
    return record(value, from: [x, weight, bias]) { [self] upstream in
      if let bs { bs.accumulate(columnSums(upstream, channels: w[1]), on: self) }
      if let ws, let saved { ws.accumulate(up.weightGradient(saved, upstream), on: self) }
      if let xs { xs.accumulate(up.inputGradient(upstream, packed), on: self) }
    }
  }
}

private struct UpConvolution {
  let size: Extents
  let out: Int
  let tape: Tape

  private var columns: Int { 4 * out }
  private var shape: [Int] { [size.batch, 2 * size.height, 2 * size.width, out] }
  /// Pixels a block, so that its 2×2 outputs stay in a core's cache.
  private var block: Int { min(max((96 << 10) / columns, 64), max(size.pixels, 1)) }

  /// `[in, 4 · out]`, the four places of the window side by side.
  func pack(_ weight: Tensor) -> AlignedBuffer {
    let packed = tape.allocate(weight.count)
    let from = weight.storage
    tape.context.overRows(size.channels, channels: columns) { range in
      for c in range {
        rg_transpose_outer(
          from.pointer + c * columns, packed.pointer + c * columns, out, 1, 4, 0, out)
      }
    }
    return packed
  }

  func forward(_ x: Tensor, _ packed: AlignedBuffer, _ bias: Tensor?) -> Tensor {
    let result = tape.allocate(4 * size.pixels * out)
    let (input, b) = (x.storage, bias?.storage)
    tape.context.reserve(.first, block * columns)
    tape.context.pool.run((size.pixels + block - 1) / block) { task, worker in
      guard let rows = tape.context.memory(.first, worker: worker) else { return }
      let first = task * block
      let count = min(block, size.pixels - first)
      BLAS.multiply(
        rows: count, columns: columns, inner: size.channels,
        .init(input.pointer + first * size.channels, stride: size.channels),
        .init(packed.pointer, stride: columns), into: rows, stride: columns)
      rg_spread_2x2(
        rows, result.pointer, out, b?.pointer, size.width, first, count, out, 0)
    }
    return Tensor(shape, storage: result)
  }

  func inputGradient(_ upstream: Tensor, _ packed: AlignedBuffer) -> Tensor {
    let dx = tape.allocate(size.count)
    let dy = upstream.storage
    tape.context.reserve(.first, block * columns)
    tape.context.pool.run((size.pixels + block - 1) / block) { task, worker in
      guard let rows = tape.context.memory(.first, worker: worker) else { return }
      let first = task * block
      let count = min(block, size.pixels - first)
      rg_collect_2x2(rows, dy.pointer, size.width, first, count, out)
      BLAS.multiply(
        rows: count, columns: size.channels, inner: columns, .init(rows, stride: columns),
        .init(packed.pointer, stride: columns, transposed: true),
        into: dx.pointer + first * size.channels, stride: size.channels)
    }
    return Tensor(size.shape, storage: dx)
  }

  func weightGradient(_ x: Tensor, _ upstream: Tensor) -> Tensor {
    let (input, dy) = (x.storage, upstream.storage)
    let count = size.channels * columns
    let sum = tape.allocate(count)
    let blocks = (size.pixels + block - 1) / block
    tape.context.reserve(.first, block * columns)
    partialSums(
      of: count, items: blocks, into: sum.pointer, buffers: tape.buffers, context: tape.context
    ) { range, partial, worker in
      guard let rows = tape.context.memory(.first, worker: worker) else { return }
      for index in range {
        let first = index * block
        let pixels = min(block, size.pixels - first)
        rg_collect_2x2(rows, dy.pointer, size.width, first, pixels, out)
        BLAS.multiply(
          rows: size.channels, columns: columns, inner: pixels,
          .init(
            input.pointer + first * size.channels, stride: size.channels, transposed: true),
          .init(rows, stride: columns), beta: index == range.lowerBound ? 0 : 1, into: partial,
          stride: columns)
      }
    }
    let result = tape.allocate(count)
    tape.context.overRows(size.channels, channels: columns) { range in
      for c in range {
        rg_transpose_outer(
          sum.pointer + c * columns, result.pointer + c * columns, 4, 1, out, 0, 4)
      }
    }
    return Tensor([size.channels, out, 2, 2], storage: result)
  }
}
