import CKernels
import Tensors

/// One pass of a Winograd convolution, whatever its activations' type is.
struct WinogradJob {
  private let padding: Int
  /// The scheme's panel matrices `[in, out]`.
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer?
  private let relu: Int32
  private let parts: Int?
  private let pooled: Int32
  /// Parts of the input's channels, one after the other.
  private let inputs: [rg_activations]
  /// Of all parts.
  private let channels: Int
  /// With the height and width before pooling.
  private let output: rg_activations
  private let residual: rg_activations?
  /// Of the outputs before pooling.
  private let tiling: WinogradTiling
  /// Tiles of the batch.
  private let tiles: Int

  private var scheme: WinogradScheme { tiling.scheme }

  /// - Parameter output: of half the convolution's size where it is pooled.
  init<Element: ActivationElement>(
    _ convolution: WinogradConvolution<Element>, _ inputs: [Activations<Element>],
    into output: Activations<Element>, residual: Activations<Element>?
  ) {
    // At least one, which the others' sizes are equal to.
    let input = inputs[0]
    let size = convolution.geometry.outputSize(height: input.height, width: input.width)
    padding = convolution.geometry.padding
    weights = convolution.weights
    bias = convolution.bias
    relu = convolution.relu ? 1 : 0
    pooled = convolution.pooled ? 1 : 0
    parts = convolution.parts
    self.inputs = inputs.map(\.raw)
    channels = convolution.geometry.inChannels
    self.residual = residual?.raw
    var unpooled = output.raw
    (unpooled.height, unpooled.width) = (size.height, size.width)
    self.output = unpooled
    tiling = WinogradTiling(convolution.scheme, height: size.height, width: size.width)
    tiles = tiling.perImage * input.batch
  }

  func run(_ context: ComputeContext) {
    let parts = parts ?? context.parts
    // Each pass over the weights should serve many tiles.
    let planes = scheme.planes
    let perTile = planes * (channels + output.channels)
    let wanted = min(max(CacheBudget.winogradTiles / perTile, 32), 192)
    guard 4 * weights.count <= CacheBudget.sharedWeightBytes, tiles >= parts * wanted * 3 / 4
    else {
      runTogether(context)
      return
    }
    // Blocks of equal size, a multiple of the parts' number.
    let rounds = max((tiles + parts * wanted / 2) / (parts * wanted), 1)
    let blocks = rounds * parts
    let block = (tiles + blocks - 1) / blocks
    let layout = WinogradPlanes(
      planes, tiles: block, channels: channels, columns: output.channels,
      inOrder: scheme.multipliesInOrder)
    context.reserve(.first, layout.count)
    context.pool.run((tiles + block - 1) / block) { task, worker in
      guard let memory = context.memory(.first, worker: worker) else { return }
      let range = task * block..<min((task + 1) * block, tiles)
      let group = WinogradTiling.Group(range, of: tiling)
      let columns = 0..<output.channels
      transformInput(range, of: group, layout, memory)
      for product in scheme.products {
        multiply(product, columns, rows: group.rows(of: product), layout, memory)
      }
      transformOutput(range, of: group, columns, layout, memory)
    }
  }

  /// All threads take each step together: as many tiles as the shared cache holds, and of their
  /// results as many columns, so that heavy weights are read from memory seldom.
  private func runTogether(_ context: ComputeContext) {
    let out = output.channels
    let planes = scheme.planes
    let bytesPerChannel = 4 * planes
    let most = max(CacheBudget.sharedInputBytes / (bytesPerChannel * channels), 128)
    let rounds = (tiles + most - 1) / most
    let share = (tiles + rounds - 1) / rounds
    let width = PanelMatrix.width
    let columns = min(
      max(CacheBudget.sharedProductBytes / (bytesPerChannel * share) / width, 1) * width, out)
    let layout = WinogradPlanes(
      planes, tiles: share, channels: channels, columns: columns, inOrder: false)
    let memory = context.shared(.shared, layout.count)
    let pieces = context.pool.threads * 2
    for first in stride(from: 0, to: tiles, by: share) {
      let all = first..<min(first + share, tiles)
      let group = WinogradTiling.Group(all, of: tiling)
      context.pool.run(over: all.count, pieces: pieces) { range, _ in
        transformInput(
          first + range.lowerBound..<first + range.upperBound, of: group, layout, memory)
      }
      for begin in stride(from: 0, to: out, by: columns) {
        let part = begin..<min(begin + columns, out)
        context.pool.run(planes) { index, _ in
          let product = scheme.products[index]
          multiply(product, part, rows: group.rows(of: product), layout, memory)
        }
        context.pool.run(over: all.count, pieces: pieces) { range, _ in
          transformOutput(
            first + range.lowerBound..<first + range.upperBound, of: group, part, layout, memory)
        }
      }
    }
  }

  /// Tiles of the range become rows of the inputs' planes.
  private func transformInput(
    _ range: Range<Int>, of group: WinogradTiling.Group, _ layout: WinogradPlanes,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    let transform = scheme == .strided ? rg_strided_winograd_input : rg_winograd_input
    var column = 0
    for input in inputs {
      transform(
        input, padding, tiling.grid, range.lowerBound, range.upperBound,
        group.rows(from: range.lowerBound), memory + layout.inputOffset + column, channels,
        layout.inputStride)
      column += input.channels
    }
  }

  /// The columns of one of the products, whose plane has rows of these columns alone.
  private func multiply(
    _ product: WinogradScheme.Product, _ columns: Range<Int>, rows: Range<Int>,
    _ layout: WinogradPlanes, _ memory: UnsafeMutablePointer<Float>
  ) {
    let out = output.channels
    let matrix = PanelMatrix(
      weights.pointer + product.filters * channels * out, inner: channels, columns: out)
    let from = memory + layout.inputOffset + product.plane * layout.inputStride
    let to = memory + layout.productOffset + product.plane * layout.productStride
    BLAS.multiply(
      rows: rows.count, .init(from + rows.lowerBound * channels, stride: channels),
      matrix.panels(columns), into: to + rows.lowerBound * columns.count, stride: columns.count)
  }

  /// Tiles of the range from their rows of the products' planes, which have these columns alone.
  private func transformOutput(
    _ range: Range<Int>, of group: WinogradTiling.Group, _ columns: Range<Int>,
    _ layout: WinogradPlanes, _ memory: UnsafeMutablePointer<Float>
  ) {
    (scheme == .strided ? rg_strided_winograd_output : rg_winograd_output)(
      memory + layout.productOffset, layout.productStride, output.channels(columns),
      residual?.channels(columns) ?? rg_activations(),
      bias.map { $0.pointer + columns.lowerBound }, relu, pooled, tiling.grid, range.lowerBound,
      range.upperBound, group.rows(from: range.lowerBound))
  }
}

extension Activations where Element: ActivationElement {
  /// Without their type, as the kernels in C take them.
  var raw: rg_activations {
    rg_activations(
      start: UnsafeMutableRawPointer(pointer), image: height * width * pixelStride,
      height: height, width: width, channels: channels, stride: pixelStride,
      narrow: Element.isNarrow)
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
