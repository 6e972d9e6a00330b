import CKernels
import Tensors

extension Pooling {
  /// Max pooling of `[N, H, W, C]`, rows of the output shared among the threads.
  func forward<Element: ActivationElement>(
    _ input: Activations<Element>, into output: Activations<Element>, context: ComputeContext
  ) {
    let parts = max(1, min(output.height, 4 * context.pool.threads / max(output.batch, 1)))
    context.pool.run(output.batch * parts) { task, _ in
      let (image, part) = (task / parts, task % parts)
      rg_max_pool(
        input.image(image), input.height, input.width, input.pixelStride, output.image(image),
        output.width, output.pixelStride, output.channels, size, stride, padding,
        output.height * part / parts, output.height * (part + 1) / parts, Element.isNarrow)
    }
  }
}

/// The windows of adaptive pooling: window i covers
/// floor(i · in / out) ..< ceil((i + 1) · in / out), as PyTorch's; they may overlap.
func adaptiveWindows(_ length: Int, _ count: Int) -> [Range<Int>] {
  (0..<count).map { $0 * length / count..<(($0 + 1) * length + count - 1) / count }
}

/// The mean of each window; windows are products of ranges of rows and columns.
func averageWindows<Input: ActivationElement, Output: ActivationElement>(
  _ input: Activations<Input>, rows: [Range<Int>], columns: [Range<Int>],
  into output: Activations<Output>, _ context: ComputeContext
) {
  context.reserve(.first, output.channels)
  context.pool.run(output.batch * rows.count) { task, worker in
    guard let means = context.memory(.first, worker: worker) else { return }
    let (image, row) = (task / rows.count, task % rows.count)
    for (column, span) in columns.enumerated() {
      let pixel = output.image(image) + (row * output.width + column) * output.pixelStride
      // Floats go where they belong, without a detour.
      let floats =
        Output.precision == .float32
        ? UnsafeMutableRawPointer(pixel).assumingMemoryBound(to: Float.self) : means
      rg_average(
        input.image(image), input.width, input.pixelStride, rows[row].lowerBound,
        rows[row].upperBound, span.lowerBound, span.upperBound, floats, output.channels,
        Input.isNarrow)
      if Output.precision == .float32 { continue }
      Activations(pixel, batch: 1, height: 1, width: 1, channels: output.channels).convert(
        from: Activations(means, batch: 1, height: 1, width: 1, channels: output.channels))
    }
  }
}
