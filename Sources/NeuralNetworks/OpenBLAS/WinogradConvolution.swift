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
  private let pooled: Bool

  /// - Parameter pooled: whether the largest of each 2×2 outputs is the result (no residual then).
  init(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    pooled: Bool = false
  ) {
    self.geometry = geometry
    let (out, channels) = (geometry.outChannels, geometry.inChannels)
    let packed = AlignedBuffer(uninitialized: 36 * out * channels)
    weights.withUnsafeBufferPointer {
      rg_winograd_weights($0.baseAddress, packed.pointer, out, channels, 0, PanelMatrix.width)
    }
    self.weights = packed
    self.bias = bias?.aligned()
    self.relu = relu
    self.pooled = pooled
  }

  var weightBytes: Int { 4 * weights.count }

  /// With filters that are transformed already.
  init(_ geometry: ConvolutionGeometry, packed: AlignedBuffer, bias: AlignedBuffer?, relu: Bool) {
    self.geometry = geometry
    weights = packed
    self.bias = bias
    self.relu = relu
    pooled = false
  }

  func forward(
    _ input: Activations<Element>, into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext
  ) {
    let size = geometry.outputSize(height: input.height, width: input.width)
    let tiles = Tiles(batch: input.batch, height: size.height, width: size.width)
    let job = Job(
      convolution: self, input: input, output: output, residual: residual, tiles: tiles)
    let threads = context.pool.threads
    let wanted = Self.blockSize(geometry)
    if weightBytes <= Self.heavyWeights && tiles.count >= threads * wanted * 3 / 4 {
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
          let m = context.memory(.second, worker: worker)
        else { return }
        let range = task * block..<min((task + 1) * block, tiles.count)
        job.transformInput(range, from: range.lowerBound, v, plane: plane)
        let columns = 0..<output.channels
        for index in 0..<36 {
          job.multiply(index, columns, rows: range.count, v, m, plane: plane)
        }
        job.transformOutput(range, columns, from: range.lowerBound, m, plane: plane)
      }
    } else {
      runTogether(job, context)
    }
  }

  /// Transformed weights that would not stay in the cache that the cores share.
  private static var heavyWeights: Int { 4 << 20 }

  /// All threads take each step together: as many tiles as the shared cache holds, and of their
  /// results as many columns, so that heavy weights are read from memory seldom.
  private func runTogether(_ job: Job, _ context: ComputeContext) {
    let (tiles, channels, out) = (job.tiles, geometry.inChannels, geometry.outChannels)
    let most = max((8 << 20) / (144 * channels), 64)
    let rounds = (tiles.count + most - 1) / most
    let share = (tiles.count + rounds - 1) / rounds
    let width = PanelMatrix.width
    let columns = min(max((4 << 20) / (144 * share) / width, 1) * width, out)
    // An odd number of rows keeps the 36 matrices off each other's cache lines.
    let plane = share | 1
    let v = context.shared(.shared, 36 * plane * (channels + columns))
    let m = v + 36 * plane * channels
    let pieces = context.pool.threads * 2
    for first in stride(from: 0, to: tiles.count, by: share) {
      let count = min(share, tiles.count - first)
      context.pool.run(over: count, pieces: pieces) { range, _ in
        job.transformInput(
          first + range.lowerBound..<first + range.upperBound, from: first, v, plane: plane)
      }
      for begin in stride(from: 0, to: out, by: columns) {
        let group = begin..<min(begin + columns, out)
        context.pool.run(36) { index, _ in
          job.multiply(index, group, rows: count, v, m, plane: plane)
        }
        context.pool.run(over: count, pieces: pieces) { range, _ in
          job.transformOutput(
            first + range.lowerBound..<first + range.upperBound, group, from: first, m,
            plane: plane)
        }
      }
    }
  }
  /// Tiles a block: the 36 transformed matrices of both sides take at most about 3 MB, but where
  /// the weights are large each pass over them should serve many tiles.
  private static func blockSize(_ geometry: ConvolutionGeometry) -> Int {
    let perTile = 36 * (geometry.inChannels + geometry.outChannels)
    return min(max((768 << 10) / perTile, 64), 192)
  }

  /// The 4×4 tiles that cover the outputs of a batch, before pooling.
  private struct Tiles {
    let height: Int
    let width: Int
    let across: Int
    let perImage: Int
    let count: Int

    init(batch: Int, height: Int, width: Int) {
      self.height = height
      self.width = width
      across = (width + 3) / 4
      perImage = across * ((height + 3) / 4)
      count = perImage * batch
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
      _ range: Range<Int>, from origin: Int, _ v: UnsafeMutablePointer<Float>, plane: Int
    ) {
      for tile in range {
        let (image, place) = (tile / tiles.perImage, tile % tiles.perImage)
        rg_winograd_input(
          input.image(image), input.height, input.width, input.channels, input.pixelStride,
          place / tiles.across * 4 - convolution.geometry.padding,
          place % tiles.across * 4 - convolution.geometry.padding,
          v + (tile - origin) * input.channels, plane * input.channels, Element.isNarrow)
      }
    }

    /// The columns of one of the 36 products; `m` has rows of these columns alone.
    func multiply(
      _ index: Int, _ columns: Range<Int>, rows: Int, _ v: UnsafeMutablePointer<Float>,
      _ m: UnsafeMutablePointer<Float>,
      plane: Int
    ) {
      let (channels, out) = (input.channels, output.channels)
      BLAS.multiply(
        rows: rows, .init(v + index * plane * channels, stride: channels),
        PanelMatrix(
          convolution.weights.pointer + index * channels * out, inner: channels, columns: out
        ).panels(columns),
        into: m + index * plane * columns.count, stride: columns.count)
    }

    /// Tiles of the range, the columns that `m` holds.
    func transformOutput(
      _ range: Range<Int>, _ columns: Range<Int>, from origin: Int,
      _ m: UnsafeMutablePointer<Float>, plane: Int
    ) {
      let (first, count) = (columns.lowerBound, columns.count)
      let bias = convolution.bias.map { $0.pointer + first }
      for tile in range {
        let (image, place) = (tile / tiles.perImage, tile % tiles.perImage)
        rg_winograd_output(
          m + (tile - origin) * count, plane * count, output.image(image) + first,
          tiles.height, tiles.width, count, output.pixelStride,
          place / tiles.across * 4, place % tiles.across * 4, bias,
          residual.map { $0.image(image) + first }, residual?.pixelStride ?? 0,
          convolution.relu ? 1 : 0, convolution.pooled ? 1 : 0, Element.isNarrow)
      }
    }
  }
}
