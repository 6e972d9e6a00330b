import CKernels
import Tensors

/// One pass of a Winograd convolution, whatever its activations' type is.
struct WinogradJob {
  private let geometry: ConvolutionGeometry
  private let scheme: WinogradScheme
  private let weights: AlignedBuffer
  private let bias: UnsafeMutablePointer<Float>?
  private let relu: Int32
  private let pooled: Int32
  private let input: rg_activations
  /// With the height and width before pooling.
  private let output: rg_activations
  private let residual: rg_activations?
  /// The 4×4 tiles that cover the outputs of the batch, before pooling.
  private let tiles: Int
  private let across: Int
  private let perImage: Int

  /// - Parameters:
  ///   - weights: 36 panel matrices `[in, out]`.
  ///   - output: the result's, of half the size when `pooled`.
  init(
    geometry: ConvolutionGeometry, weights: AlignedBuffer, bias: UnsafeMutablePointer<Float>?,
    relu: Bool, pooled: Bool, input: RawActivations, output: RawActivations,
    residual: RawActivations?
  ) {
    let size = geometry.outputSize(height: input.view.height, width: input.view.width)
    self.geometry = geometry
    scheme = WinogradScheme(geometry)
    self.weights = weights
    self.bias = bias
    self.relu = relu ? 1 : 0
    self.pooled = pooled ? 1 : 0
    self.input = input.view
    self.residual = residual?.view
    var unpooled = output.view
    (unpooled.height, unpooled.width) = (size.height, size.width)
    self.output = unpooled
    across = (size.width + 3) / 4
    perImage = across * ((size.height + 3) / 4)
    tiles = perImage * input.batch
  }

  /// Transformed weights that would not stay in the cache that the cores share.
  private static let heavyWeights = 4 << 20

  func run(_ context: ComputeContext) {
    let threads = context.pool.threads
    // The transformed matrices of both sides take at most about 3 MB, but where the weights are
    // large each pass over them should serve many tiles.
    let planes = scheme.planes
    let perTile = planes * (input.channels + output.channels)
    let wanted = min(max((768 << 10) / perTile, 64), 192)
    guard 4 * weights.count <= Self.heavyWeights, tiles >= threads * wanted * 3 / 4 else {
      runTogether(context)
      return
    }
    // Blocks of equal size, a multiple of the threads' number.
    let rounds = max((tiles + threads * wanted / 2) / (threads * wanted), 1)
    let blocks = rounds * threads
    let block = (tiles + blocks - 1) / blocks
    // An odd number of rows keeps the matrices off each other's cache lines.
    let plane = block | 1
    context.reserve(.first, planes * plane * input.channels)
    context.reserve(.second, planes * plane * output.channels)
    context.pool.run((tiles + block - 1) / block) { task, worker in
      guard let v = context.memory(.first, worker: worker),
        let m = context.memory(.second, worker: worker)
      else { return }
      let range = task * block..<min((task + 1) * block, tiles)
      let columns = 0..<output.channels
      transformInput(range, v, plane: plane)
      for product in scheme.products {
        multiply(product, columns, rows: range.count, v, m, plane: plane)
      }
      transformOutput(range, columns, m, plane: plane)
    }
  }

  /// All threads take each step together: as many tiles as the shared cache holds, and of their
  /// results as many columns, so that heavy weights are read from memory seldom.
  private func runTogether(_ context: ComputeContext) {
    let (channels, out) = (input.channels, output.channels)
    let bytesPerChannel = 4 * scheme.planes
    let most = max((8 << 20) / (bytesPerChannel * channels), 64)
    let rounds = (tiles + most - 1) / most
    let share = (tiles + rounds - 1) / rounds
    let width = PanelMatrix.width
    let columns = min(max((4 << 20) / (bytesPerChannel * share) / width, 1) * width, out)
    let plane = share | 1
    let v = context.shared(.shared, scheme.planes * plane * (channels + columns))
    let m = v + scheme.planes * plane * channels
    let pieces = context.pool.threads * 2
    for first in stride(from: 0, to: tiles, by: share) {
      let count = min(share, tiles - first)
      context.pool.run(over: count, pieces: pieces) { range, _ in
        transformInput(
          first + range.lowerBound..<first + range.upperBound, v + range.lowerBound * channels,
          plane: plane)
      }
      for begin in stride(from: 0, to: out, by: columns) {
        let group = begin..<min(begin + columns, out)
        context.pool.run(scheme.planes) { index, _ in
          multiply(scheme.products[index], group, rows: count, v, m, plane: plane)
        }
        context.pool.run(over: count, pieces: pieces) { range, _ in
          transformOutput(
            first + range.lowerBound..<first + range.upperBound, group,
            m + range.lowerBound * group.count, plane: plane)
        }
      }
    }
  }

  /// The tiles of the range become the first rows of each of the matrices, `plane` rows each.
  private func transformInput(
    _ range: Range<Int>, _ v: UnsafeMutablePointer<Float>, plane: Int
  ) {
    withUnsafePointer(to: input) {
      (scheme == .dense ? rg_winograd_input : rg_strided_winograd_input)(
        $0, geometry.padding, across, perImage, range.lowerBound, range.upperBound, v,
        plane * input.channels)
    }
  }

  /// The columns of one of the products; `m` has rows of these columns alone.
  private func multiply(
    _ product: (plane: Int, filters: Int), _ columns: Range<Int>, rows: Int,
    _ v: UnsafeMutablePointer<Float>,
    _ m: UnsafeMutablePointer<Float>, plane: Int
  ) {
    let (channels, out) = (input.channels, output.channels)
    let matrix = PanelMatrix(
      weights.pointer + product.filters * channels * out, inner: channels, columns: out)
    BLAS.multiply(
      rows: rows, .init(v + product.plane * plane * channels, stride: channels),
      matrix.panels(columns),
      into: m + product.plane * plane * columns.count, stride: columns.count)
  }

  /// Tiles of the range from the first rows of `m`, which has these columns alone.
  private func transformOutput(
    _ range: Range<Int>, _ columns: Range<Int>, _ m: UnsafeMutablePointer<Float>, plane: Int
  ) {
    let out = output.channels(columns)
    let bias = bias.map { $0 + columns.lowerBound }
    func run(_ residual: UnsafePointer<rg_activations>?) {
      withUnsafePointer(to: out) {
        (scheme == .dense ? rg_winograd_output : rg_strided_winograd_output)(
          m, plane * columns.count, $0, residual, bias, relu, pooled, across, perImage,
          range.lowerBound, range.upperBound)
      }
    }
    if let residual {
      withUnsafePointer(to: residual.channels(columns), run)
    } else {
      run(nil)
    }
  }
}

/// Activations without their type, as the kernels in C take them.
struct RawActivations {
  var view: rg_activations
  let batch: Int
}

extension Activations where Element: ActivationElement {
  var raw: RawActivations {
    RawActivations(
      view: rg_activations(
        start: UnsafeMutableRawPointer(pointer), image: height * width * pixelStride,
        height: height, width: width, channels: channels, stride: pixelStride,
        narrow: Element.isNarrow),
      batch: batch)
  }
}

extension rg_activations {
  /// Some of the channels.
  fileprivate func channels(_ range: Range<Int>) -> rg_activations {
    var part = self
    part.start = start + range.lowerBound * (narrow != 0 ? 2 : 4)
    part.channels = range.count
    return part
  }
}
