import CKernels
import Support
import Tensors

/// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`, the U-Net's way up: windows do not overlap, so it
/// is a matrix product and a rearrangement.
struct TransposedConvolutionOperation: GraphOperation {
  let weight: Parameter
  let bias: Parameter

  var parameters: [Parameter] { [weight, bias] }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].channels == weight.shape[0] else {
      throw UserError(
        "a transposed convolution of \(weight.shape[0]) channels does not take "
          + "\(inputs[0].extents)")
    }
    return FeatureShape(
      height: 2 * inputs[0].height, width: 2 * inputs[0].width, channels: weight.shape[1])
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    .transposedConvolution2x2(weight: weight, bias: bias)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    let weights = try packing.weights[weight]
    let (inner, columns) = (weights.shape[0], 4 * weights.shape[1])
    let windows = AlignedBuffer(uninitialized: weights.count)
    let panels = AlignedBuffer(uninitialized: weights.count)
    packWindows(weights, 0..<inner, into: windows)
    PanelMatrix.pack(
      0..<inner, of: windows.pointer, inner: inner, columns: columns, into: panels.pointer)
    return Step<Element>(weights: panels, bias: try packing.weights[bias].storage)
  }

  func work(_ inputs: [FeatureShape]) -> LayerWork? {
    LayerWork(
      operations: 2 * Double(inputs[0].pixels * weight.count),
      weightBytes: 4 * Double(weight.count))
  }

  private struct Step<Element: ActivationElement>: InferenceStep {
    /// A panel matrix [in, 4 · out].
    let weights: AlignedBuffer
    let bias: AlignedBuffer

    var weightBytes: Int { 4 * weights.count }

    func run(_ views: StepViews, _ context: ComputeContext) {
      let (input, output) = (views.input(as: Element.self), views.output(as: Element.self))
      let (channels, columns) = (input.channels, 4 * output.channels)
      // Rows whose 2×2 outputs stay in a core's cache.
      let block = min(max((64 << 10) / (columns + channels), 64), max(input.pixels, 1))
      if Element.isNarrow != 0 { context.reserve(.second, block * channels) }
      context.overBlocks(of: block, input.pixels, width: columns) { pixels, rows, worker in
        let part = Activations(
          input.pointer + pixels.lowerBound * input.pixelStride, batch: 1, height: 1,
          width: pixels.count, channels: channels, pixelStride: input.pixelStride)
        let factor: BLAS.Factor
        if let floats = part as? ActivationView {
          factor = .init(floats.pointer, stride: floats.pixelStride)
        } else {
          guard let wide = context.memory(.second, worker: worker) else { return }
          Activations(wide, like: part).convert(from: part)
          factor = .init(wide, stride: channels)
        }
        BLAS.multiply(
          rows: pixels.count, factor,
          PanelMatrix(weights.pointer, inner: channels, columns: columns), into: rows,
          stride: columns)
        rg_spread_2x2(
          rows, output.pointer, output.pixelStride, bias.pointer, input.width, pixels.lowerBound,
          pixels.count, output.channels, Element.isNarrow)
      }
    }
  }
}

/// Weights `[in, out, 2, 2]` as `[in, 4 · out]`, the four places of the window side by side.
private func packWindows(_ weights: Tensor, _ rows: Range<Int>, into packed: AlignedBuffer) {
  let (out, from) = (weights.shape[1], weights.storage.pointer)
  for c in rows {
    rg_transpose_outer(from + c * 4 * out, packed.pointer + c * 4 * out, out, 1, 4, 0, out)
  }
}

extension Tape {
  /// The U-Net's up-convolution, `torch.nn.functional.conv_transpose2d(x, weight, bias, stride=2)`
  /// with 2×2 kernels: x `[N, H, W, in]`, weight `[in, out, 2, 2]`, bias `[out]`; result
  /// `[N, 2 H, 2 W, out]`.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func transposedConvolution2x2(
    _ x: Variable, weight: Variable, bias: Variable
  ) throws -> Variable {
    let (size, w) = (x.value.activations, weight.shape)
    try require(
      w.count == 4 && w[0] == size.channels && w[2] == 2 && w[3] == 2 && bias.shape == [w[1]],
      "a transposed convolution of \(size.channels) channels does not take weights \(w) with bias "
        + "\(bias.shape)")
    let up = UpConvolution(
      tape: self, pixels: size.pixels, width: size.width, inner: w[0], out: w[1])
    let packed = up.pack(weight.value)
    let value = uninitialized([size.batch, 2 * size.height, 2 * size.width, w[1]])
    up.forward(x.value, packed, bias.value, into: value)
    let (xs, ws, bs, shape) = (x.slot, weight.slot, bias.slot, x.shape)
    let saved = ws == nil ? nil : x.value
    return record(value, from: [x, weight, bias]) { upstream in
      bs?.accumulate(columnSums(upstream, channels: w[1]), on: self)
      if let saved { add(to: ws, w) { up.weightGradient(saved, upstream, into: $0) } }
      add(to: xs, shape) { up.inputGradient(upstream, packed, into: $0) }
    }
  }
}

/// The passes of training, in blocks of pixels whose 2×2 outputs stay in a core's cache.
private struct UpConvolution {
  let tape: Tape
  /// Of the input: those of the batch, and of a row.
  let pixels: Int
  let width: Int
  let inner: Int
  let out: Int

  private var columns: Int { 4 * out }
  private var block: Int { min(max((96 << 10) / columns, 64), max(pixels, 1)) }
  func pack(_ weight: Tensor) -> AlignedBuffer {
    let packed = tape.allocate(weight.count)
    tape.context.overRows(inner, channels: columns) { packWindows(weight, $0, into: packed) }
    return packed
  }

  func forward(_ x: Tensor, _ packed: AlignedBuffer, _ bias: Tensor, into result: Tensor) {
    let (input, output) = (x.storage.pointer, result.storage.pointer)
    let offsets = bias.storage.pointer
    tape.context.overBlocks(of: block, pixels, width: columns) { block, rows, _ in
      BLAS.multiply(
        rows: block.count, columns: columns, inner: inner,
        .init(input + block.lowerBound * inner, stride: inner),
        .init(packed.pointer, stride: columns), into: rows, stride: columns)
      rg_spread_2x2(rows, output, out, offsets, width, block.lowerBound, block.count, out, 0)
    }
  }

  func inputGradient(_ upstream: Tensor, _ packed: AlignedBuffer, into dx: Tensor) {
    let (dy, to) = (upstream.storage.pointer, dx.storage.pointer)
    tape.context.overBlocks(of: block, pixels, width: columns) { block, rows, _ in
      rg_collect_2x2(rows, dy, width, block.lowerBound, block.count, out)
      BLAS.multiply(
        rows: block.count, columns: inner, inner: columns, .init(rows, stride: columns),
        .init(packed.pointer, stride: columns, transposed: true),
        into: to + block.lowerBound * inner, stride: inner)
    }
  }

  func weightGradient(_ x: Tensor, _ upstream: Tensor, into dw: Tensor) {
    let (input, dy) = (x.storage.pointer, upstream.storage.pointer)
    let sum = tape.allocate(inner * columns)
    tape.context.reserve(.first, block * columns)
    partialSums(
      of: inner * columns, items: (pixels + block - 1) / block, into: sum.pointer,
      context: tape.context
    ) { range, partial, worker in
      guard let rows = tape.context.memory(.first, worker: worker) else { return }
      for index in range {
        let first = index * block
        let count = min(block, pixels - first)
        rg_collect_2x2(rows, dy, width, first, count, out)
        BLAS.multiply(
          rows: inner, columns: columns, inner: count,
          .init(input + first * inner, stride: inner, transposed: true),
          .init(rows, stride: columns), beta: index == range.lowerBound ? 0 : 1, into: partial,
          stride: columns)
      }
    }
    let to = dw.storage.pointer
    tape.context.overRows(inner, channels: columns) { range in
      for c in range {
        rg_transpose_outer(sum.pointer + c * columns, to + c * columns, 4, 1, out, 0, 4)
      }
    }
  }
}

extension InferenceGraph {
  /// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`; weight `[in, out, 2, 2]`, bias `[out]`.
  ///
  /// - Throws: `UserError` when x has not `in` channels.
  public func transposedConvolution2x2(
    _ x: Value, weight: Parameter, bias: Parameter
  ) throws -> Value {
    try append(TransposedConvolutionOperation(weight: weight, bias: bias), to: [x])
  }
}
