import CKernels
import Tensors

/// 3×3 with stride 1 by Winograd's minimal filtering F(4×4, 3×3) (Lavin and Gray, "Fast algorithms
/// for convolutional neural networks", 2016): 36 products replace 144.
///
/// A thread takes a block of 4×4 output tiles through all three steps, input transform, 36 matrix
/// products, output transform, so that the transformed matrices stay in its cache. Where there are
/// too few tiles for that (7×7 maps), all threads take each step together, and share the 36
/// products, so that each reads only its part of the weights. In between all is float32, whatever the
/// activations are: at a quarter of the multiplications that is faster than bfloat16.
struct WinogradConvolution<Element: ActivationElement>: Convolution {
  private let geometry: ConvolutionGeometry
  /// 36 panel matrices [in, out].
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer?
  private let relu: Bool

  init(_ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool) {
    self.geometry = geometry
    let (out, channels) = (geometry.outChannels, geometry.inChannels)
    let packed = AlignedBuffer(uninitialized: 36 * out * channels)
    weights.withUnsafeBufferPointer {
      rg_winograd_weights($0.baseAddress, packed.pointer, out, channels, 0, PanelMatrix.width)
    }
    self.weights = packed
    self.bias = bias?.aligned()
    self.relu = relu
  }

  var weightBytes: Int { 4 * weights.count }

  /// With filters that are transformed already.
  init(_ geometry: ConvolutionGeometry, packed: AlignedBuffer, bias: AlignedBuffer?, relu: Bool) {
    self.geometry = geometry
    weights = packed
    self.bias = bias
    self.relu = relu
  }

  func forward(
    _ input: Activations<Element>, into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext
  ) {
    let tiles = Tiles(output)
    let job = Job(
      convolution: self, input: input, output: output, residual: residual, tiles: tiles)
    let threads = context.pool.threads
    let wanted = Self.blockSize(geometry)
    context.reserve(.third, 36 * input.channels)
    if tiles.count >= threads * wanted * 3 / 4 {
      // Blocks of equal size, a multiple of the threads' number.
      let rounds = max((tiles.count + threads * wanted / 2) / (threads * wanted), 1)
      let blocks = rounds * threads
      let block = (tiles.count + blocks - 1) / blocks
      // An odd number of rows keeps the 36 matrices off each other's cache lines.
      let plane = block | 1
      context.reserve(.first, 36 * plane * input.channels)
      context.reserve(.second, 36 * plane * output.channels)
      context.pool.run((tiles.count + block - 1) / block) { task, worker in
        guard let v = context.memory(.first, worker: worker),
          let m = context.memory(.second, worker: worker),
          let patch = context.memory(.third, worker: worker)
        else { return }
        let range = task * block..<min((task + 1) * block, tiles.count)
        job.transformInput(range, from: range.lowerBound, v, plane: plane, patch)
        for index in 0..<36 {
          job.multiply(index, rows: range.count, v, m, plane: plane)
        }
        job.transformOutput(range, from: range.lowerBound, m, plane: plane)
      }
    } else {
      let v = context.shared(.shared, 36 * tiles.count * (input.channels + output.channels))
      let m = v + 36 * tiles.count * input.channels
      context.pool.run(over: tiles.count, pieces: threads * 2) { range, worker in
        guard let patch = context.memory(.third, worker: worker) else { return }
        job.transformInput(range, from: 0, v, plane: tiles.count, patch)
      }
      context.pool.run(36) { index, _ in
        job.multiply(index, rows: tiles.count, v, m, plane: tiles.count)
      }
      context.pool.run(over: tiles.count, pieces: threads * 2) { range, _ in
        job.transformOutput(range, from: 0, m, plane: tiles.count)
      }
    }
  }

  /// Tiles a block: the 36 transformed matrices of both sides take at most about 3 MB, but where
  /// the weights are large each pass over them should serve many tiles.
  private static func blockSize(_ geometry: ConvolutionGeometry) -> Int {
    let perTile = 36 * (geometry.inChannels + geometry.outChannels)
    return min(max((768 << 10) / perTile, 64), 192)
  }

  /// The 4×4 tiles that cover the outputs of a batch.
  private struct Tiles {
    let across: Int
    let perImage: Int
    let count: Int

    init(_ output: Activations<Element>) {
      across = (output.width + 3) / 4
      perImage = across * ((output.height + 3) / 4)
      count = perImage * output.batch
    }
  }

  private struct Job {
    let convolution: WinogradConvolution
    let input: Activations<Element>
    let output: Activations<Element>
    let residual: Activations<Element>?
    let tiles: Tiles

    /// Tile t of the range goes to row t − origin of each of the 36 matrices, `plane` rows each.
    func transformInput(
      _ range: Range<Int>, from origin: Int, _ v: UnsafeMutablePointer<Float>, plane: Int,
      _ patch: UnsafeMutablePointer<Float>
    ) {
      for tile in range {
        let (image, place) = (tile / tiles.perImage, tile % tiles.perImage)
        rg_winograd_input(
          input.image(image), input.height, input.width, input.channels, input.pixelStride,
          place / tiles.across * 4 - convolution.geometry.padding,
          place % tiles.across * 4 - convolution.geometry.padding,
          v + (tile - origin) * input.channels, plane * input.channels, patch, Element.isNarrow)
      }
    }

    func multiply(
      _ index: Int, rows: Int, _ v: UnsafeMutablePointer<Float>, _ m: UnsafeMutablePointer<Float>,
      plane: Int
    ) {
      let (channels, out) = (input.channels, output.channels)
      BLAS.multiply(
        rows: rows, .init(v + index * plane * channels, stride: channels),
        PanelMatrix(
          convolution.weights.pointer + index * channels * out, inner: channels, columns: out),
        into: m + index * plane * out, stride: out)
    }

    func transformOutput(
      _ range: Range<Int>, from origin: Int, _ m: UnsafeMutablePointer<Float>, plane: Int
    ) {
      let bias = convolution.bias?.pointer
      for tile in range {
        let (image, place) = (tile / tiles.perImage, tile % tiles.perImage)
        rg_winograd_output(
          m + (tile - origin) * output.channels, plane * output.channels, output.image(image),
          output.height, output.width, output.channels, output.pixelStride,
          place / tiles.across * 4, place % tiles.across * 4, bias,
          residual.map { $0.image(image) }, residual?.pixelStride ?? 0,
          convolution.relu ? 1 : 0, Element.isNarrow)
      }
    }
  }
}
