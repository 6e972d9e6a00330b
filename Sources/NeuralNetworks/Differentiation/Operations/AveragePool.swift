import CKernels
import Support
import Tensors

extension Tape {
  /// `torch.nn.functional.adaptive_avg_pool2d(x, (height, width))`; 1 × 1 is the global average.
  ///
  /// - Throws: `UserError` when x is not `[N, H, W, C]` or the size not positive.
  public func adaptiveAveragePool(
    _ x: Variable, height: Int = 1, width: Int = 1
  ) throws -> Variable {
    let size = try extents(x, "average pooling")
    try require(height > 0 && width > 0, "average pooling to \(width)×\(height) pixels")
    if (height, width) == (size.height, size.width) { return x }
    return average(
      x, size, rows: adaptiveWindows(size.height, height),
      columns: adaptiveWindows(size.width, width))
  }

  /// `torch.nn.functional.avg_pool2d(x, k)`: windows of k × k without overlap; what is left over at
  /// the right and lower edge is dropped.
  ///
  /// - Throws: `UserError` when an image is smaller than a window.
  public func averagePool(_ x: Variable, by k: Int) throws -> Variable {
    let size = try extents(x, "average pooling")
    try require(
      k > 0 && size.height >= k && size.width >= k, "\(x.shape) is too small for windows of \(k)")
    return average(
      x, size, rows: (0..<size.height / k).map { $0 * k..<$0 * k + k },
      columns: (0..<size.width / k).map { $0 * k..<$0 * k + k })
  }

  /// The mean of each window; windows are products of ranges of rows and columns.
  private func average(
    _ x: Variable, _ size: Extents, rows: [Range<Int>], columns: [Range<Int>]
  ) -> Variable {
    var target = size
    (target.height, target.width) = (rows.count, columns.count)
    let channels = size.channels
    let out = allocate(target.count)
    averageWindows(
      size.view(x.value.storage), rows: rows, columns: columns, into: target.view(out), context)
    let xs = x.slot
    return record(Tensor(target.shape, storage: out), from: [x]) { [self] upstream in
      let dx = allocate(size.count)
      let dy = upstream.storage
      context.pool.run(size.batch) { image, _ in
        let to = dx.pointer + image * size.imagePixels * channels
        to.update(repeating: 0, count: size.imagePixels * channels)
        // Windows of adaptive pooling may overlap: contributions add up.
        for (row, lines) in rows.enumerated() {
          for (column, span) in columns.enumerated() {
            let share = 1 / Float(lines.count * span.count)
            let from =
              dy.pointer + ((image * rows.count + row) * columns.count + column) * channels
            for y in lines {
              for x in span {
                let pixel = to + (y * size.width + x) * channels
                rg_combine(pixel, 1, pixel, share, from, channels)
              }
            }
          }
        }
      }
      xs?.accumulate(Tensor(size.shape, storage: dx), on: self)
    }
  }
}
