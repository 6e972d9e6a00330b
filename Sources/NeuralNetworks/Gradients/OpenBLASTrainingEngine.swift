import CKernels
import Tensors

/// Gradients over `sgemm`: 1×1 as matrix products, 3×3 with stride 1 by Winograd, the rest by
/// patches.
struct OpenBLASTrainingEngine: TrainableConvolutionEngine {
  let name = "openblas"
  let versions: String
  /// Transformed weights and partial sums.
  let buffers = BufferPool(takesLarger: true)

  func forInference() throws -> any ConvolutionEngine { try OpenBLASEngine() }

  func forward(
    _ geometry: ConvolutionGeometry, input: ActivationView, weights: Tensor, bias: Tensor?,
    relu: Bool, into output: ActivationView, context: ComputeContext
  ) {
    let bias = bias?.storage
    let convolution: any RawConvolution
    if geometry.suitsWinograd {
      convolution = winograd(
        geometry, weights, rotated: false, bias: bias, relu: relu, into: output, context)
    } else if geometry.isMatrixProduct {
      convolution = MatrixProductConvolution(
        packed: patches(weights, context), bias: bias, relu: relu)
    } else {
      convolution = PatchesConvolution(
        geometry, packed: patches(weights, context), bias: bias, relu: relu)
    }
    convolution.forward(input, into: output, residual: nil, context: context)
  }

  func inputGradient(
    _ geometry: ConvolutionGeometry, outputGradient: ActivationView, weights: Tensor,
    into inputGradient: ActivationView, context: ComputeContext
  ) {
    if geometry.isMatrixProduct {
      MatrixProductConvolution(packed: panels(weights, context), bias: nil, relu: false)
        .forward(outputGradient, into: inputGradient, residual: nil, context: context)
      return
    }
    guard let rotated = geometry.rotated else {
      patchesInputGradient(
        geometry, outputGradient, packed: patches(weights, width: geometry.outChannels, context),
        into: inputGradient, context)
      return
    }
    let convolution: any RawConvolution
    if geometry.suitsWinograd {
      convolution = winograd(
        rotated, weights, rotated: true, bias: nil, relu: false, into: inputGradient, context)
    } else {
      convolution = PatchesConvolution(
        rotated, packed: rotatedPatches(weights), bias: nil, relu: false)
    }
    convolution.forward(outputGradient, into: inputGradient, residual: nil, context: context)
  }

  func weightGradient(
    _ geometry: ConvolutionGeometry, input: ActivationView, outputGradient: ActivationView,
    into weightGradient: UnsafeMutablePointer<Float>, context: ComputeContext
  ) {
    if geometry.suitsWinograd {
      WinogradWeightGradient(
        geometry: geometry, input: input, gradient: outputGradient, buffers: buffers,
        context: context
      ).run(into: weightGradient)
    } else if geometry.isMatrixProduct {
      productWeightGradient(input, outputGradient, into: weightGradient, context)
    } else {
      patchesWeightGradient(geometry, input, outputGradient, into: weightGradient, context)
    }
  }

  // MARK: - Weights as the methods want them

  /// A convolution to `output` with the filters `[out, in, 3, 3]`, or with the rotated ones, which
  /// lead from `out` channels to `in`.
  private func winograd(
    _ geometry: ConvolutionGeometry, _ weights: Tensor, rotated: Bool, bias: AlignedBuffer?,
    relu: Bool, into output: ActivationView, _ context: ComputeContext
  ) -> WinogradConvolution<Float> {
    let scheme = WinogradScheme.training(
      batch: output.batch, height: output.height, width: output.width)
    let (out, channels) = (weights.shape[0], weights.shape[1])
    let packed = AlignedBuffer(
      uninitialized: scheme.filterMatrices * out * channels, from: buffers)
    let from = weights.storage
    context.overRows(rotated ? out : channels, channels: 9 * (rotated ? channels : out)) { range in
      rg_winograd_pack(
        from.pointer, packed.pointer, out, channels, scheme.filterSide, rotated ? 1 : 0,
        PanelMatrix.width,
        range.lowerBound, range.upperBound)
    }
    return WinogradConvolution(geometry, scheme, packed: packed, bias: bias, relu: relu)
  }

  /// `[kh · kw · in, out]` in panels of `width` columns.
  private func patches(
    _ weights: Tensor, width: Int = PanelMatrix.width, _ context: ComputeContext
  ) -> AlignedBuffer {
    let (out, channels) = (weights.shape[0], weights.shape[1])
    let taps = weights.shape[2] * weights.shape[3]
    let packed = AlignedBuffer(uninitialized: weights.count, from: buffers)
    let from = weights.storage
    for first in stride(from: 0, to: out, by: width) {
      let columns = min(width, out - first)
      let (source, panel) = (
        from.pointer + first * channels * taps, packed.pointer + first * channels * taps
      )
      context.overRows(columns, channels: channels * taps) { range in
        rg_transpose_outer(
          source, panel, columns, channels, taps, range.lowerBound, range.upperBound)
      }
    }
    return packed
  }

  /// `[out, in, 1, 1]` as the panel matrix `[out, in]`.
  private func panels(_ weights: Tensor, _ context: ComputeContext) -> AlignedBuffer {
    let (out, channels) = (weights.shape[0], weights.shape[1])
    let packed = AlignedBuffer(uninitialized: weights.count, from: buffers)
    let from = weights.storage
    for first in stride(from: 0, to: channels, by: PanelMatrix.width) {
      let columns = min(PanelMatrix.width, channels - first)
      context.overRows(out, channels: columns) { range in
        rg_copy_rows(
          packed.pointer + first * out + range.lowerBound * columns, columns,
          from.pointer + first + range.lowerBound * channels, channels, range.count, columns)
      }
    }
    return packed
  }

  /// The panel matrix `[kh · kw · out, in]` of the filters rotated by 180 degrees.
  private func rotatedPatches(_ weights: Tensor) -> AlignedBuffer {
    let (out, channels) = (weights.shape[0], weights.shape[1])
    let taps = weights.shape[2] * weights.shape[3]
    let packed = AlignedBuffer(uninitialized: weights.count, from: buffers)
    let from = weights.storage
    for o in 0..<out {
      for c in 0..<channels {
        for tap in 0..<taps {
          let place = PanelMatrix.offset(
            row: (taps - 1 - tap) * out + o, column: c, inner: taps * out, columns: channels)
          packed.pointer[place] = from.pointer[(o * channels + c) * taps + tap]
        }
      }
    }
    return packed
  }
}

/// The convolutions over OpenBLAS, which do not fail.
protocol RawConvolution {
  func forward(
    _ input: ActivationView, into output: ActivationView, residual: ActivationView?,
    context: ComputeContext)
}

extension WinogradConvolution<Float>: RawConvolution {}
extension MatrixProductConvolution: RawConvolution {}
extension PatchesConvolution: RawConvolution {}

extension ConvolutionGeometry {
  /// The convolution that takes the output's gradient to the input's, with filters rotated by 180
  /// degrees; `nil` where there is none of one padding and stride 1.
  var rotated: ConvolutionGeometry? {
    guard stride == 1, kernelHeight == kernelWidth, padding < kernelHeight else { return nil }
    return ConvolutionGeometry(
      inChannels: outChannels, outChannels: inChannels, kernelHeight: kernelHeight,
      kernelWidth: kernelWidth, padding: kernelHeight - 1 - padding)
  }
}
