import CKernels
import Tensors

/// Filters `[out, in, kh, kw]` as the factors of products: once for inference, or in every step of
/// training, in memory from a pool and by all threads.
struct FilterPacking {
  private let geometry: ConvolutionGeometry
  private let filters: AlignedBuffer
  private let training: (buffers: BufferPool, context: ComputeContext)?

  private var channels: Int { geometry.inChannels }
  private var out: Int { geometry.outChannels }
  private var taps: Int { geometry.kernelHeight * geometry.kernelWidth }

  /// For inference.
  init(_ request: ConvolutionRequest) {
    geometry = request.geometry
    filters = request.weights.storage
    training = nil
  }

  /// For a step of training.
  init(_ pass: TrainingPass, buffers: BufferPool, context: ComputeContext) {
    geometry = pass.geometry
    filters = pass.weights
    training = (buffers, context)
  }

  /// The matrix `[kh · kw · in, out]`, for products with patches whose channels lie innermost, in
  /// panels of `width` columns.
  func patches(panels width: Int = PanelMatrix.width) -> AlignedBuffer {
    let packed = memory(filters.count)
    for first in stride(from: 0, to: out, by: width) {
      let columns = min(width, out - first)
      let (source, panel) = (
        filters.pointer + first * channels * taps, packed.pointer + first * channels * taps
      )
      share(columns, of: channels * taps) { range in
        rg_transpose_outer(
          source, panel, columns, channels, taps, range.lowerBound, range.upperBound)
      }
    }
    return packed
  }

  /// The panel matrix `[kh · kw · out, in]` of the filters rotated by 180 degrees.
  func rotatedPatches() -> AlignedBuffer {
    if taps == 1 { return panels() }
    let packed = memory(filters.count)
    for o in 0..<out {
      for c in 0..<channels {
        for tap in 0..<taps {
          let place = PanelMatrix.offset(
            row: (taps - 1 - tap) * out + o, column: c, inner: taps * out, columns: channels)
          packed.pointer[place] = filters.pointer[(o * channels + c) * taps + tap]
        }
      }
    }
    return packed
  }

  /// `[out, in, 1, 1]` as the panel matrix `[out, in]`.
  private func panels() -> AlignedBuffer {
    let packed = memory(filters.count)
    share(out, of: channels) { rows in
      PanelMatrix.pack(
        rows, of: filters.pointer, inner: out, columns: channels, into: packed.pointer)
    }
    return packed
  }

  /// 3×3 filters, or the rotated ones, which lead from `out` channels to `in`, as a scheme's panel
  /// matrices; transformed in float32, which is fast, where `WinogradScheme.transformed` is exact.
  func winograd(_ scheme: WinogradScheme, rotated: Bool) -> AlignedBuffer {
    let packed = memory(scheme.filterMatrices * out * channels)
    share(rotated ? out : channels, of: 9 * (rotated ? channels : out)) { range in
      rg_winograd_pack(
        filters.pointer, packed.pointer, out, channels, scheme.filterSide, rotated ? 1 : 0,
        PanelMatrix.width, range.lowerBound, range.upperBound)
    }
    return packed
  }

  private func memory(_ count: Int) -> AlignedBuffer {
    AlignedBuffer(uninitialized: count, from: training?.buffers)
  }

  private func share(_ rows: Int, of width: Int, _ body: (Range<Int>) -> Void) {
    guard let training else { return body(0..<rows) }
    training.context.overRows(rows, channels: width, body)
  }
}
