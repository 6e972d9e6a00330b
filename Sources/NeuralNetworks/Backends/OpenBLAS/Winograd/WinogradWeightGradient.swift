import CKernels
import Tensors

/// The weights' gradient of a 3×3 convolution by F(4×4, 3×3): with the transformed inputs V and the
/// transformed output gradients A dY Aᵀ, dU = Σ over tiles of Vᵀ · (A dY Aᵀ), 36 products, and
/// dW = Gᵀ dU G. It is the exact transpose of the forward pass.
struct WinogradWeightGradient {
  let pass: TrainingPass
  let buffers: BufferPool
  let context: ComputeContext

  private var gradient: ActivationView { pass.output }
  private var channels: Int { pass.geometry.inChannels }
  private var out: Int { pass.geometry.outChannels }
  private var tiling: WinogradTiling {
    WinogradTiling(.small, height: gradient.height, width: gradient.width)
  }
  private var tiles: Int { tiling.perImage * gradient.batch }

  func run() {
    let sum = AlignedBuffer(uninitialized: 36 * channels * out, from: buffers)
    if channels * out <= CacheBudget.winogradGradientChannels {
      sumByThread(into: sum)
    } else {
      sumTogether(into: sum)
    }
    context.overRows(channels, channels: 9 * out) { range in
      rg_winograd_weight_gradient(
        sum.pointer, pass.weights.pointer, out, channels, range.lowerBound, range.upperBound)
    }
  }

  /// Each thread takes blocks of tiles through both transforms and all products.
  private func sumByThread(into sum: AlignedBuffer) {
    let block = min(max(CacheBudget.winogradGradientTiles / (36 * (channels + out)), 48), 192)
    let blocks = (tiles + block - 1) / block
    // An odd number of rows keeps the 36 matrices off each other's cache lines.
    let plane = block | 1
    context.reserve(.first, 36 * plane * channels)
    context.reserve(.second, 36 * plane * out)
    partialSums(
      of: 36 * channels * out, items: blocks, into: sum.pointer, context: context
    ) { range, partial, worker in
      guard let v = context.memory(.first, worker: worker),
        let m = context.memory(.second, worker: worker)
      else { return }
      for index in range {
        let part = index * block..<min((index + 1) * block, tiles)
        transform(part, from: part.lowerBound, v, m, plane: plane)
        for matrix in 0..<36 {
          multiply(
            matrix, rows: part.count, v, m, plane: plane, into: partial,
            adding: index > range.lowerBound)
        }
      }
    }
  }

  /// All threads transform a large part of the tiles, then share the products.
  private func sumTogether(into sum: AlignedBuffer) {
    let most = max(CacheBudget.sharedGradientTiles / (36 * (channels + out)), 64)
    let rounds = max((tiles + most - 1) / most, 1)
    let share = (tiles + rounds - 1) / rounds
    let plane = share | 1
    let memory = context.shared(.shared, 36 * plane * (channels + out))
    let (v, m) = (memory, memory + 36 * plane * channels)
    for round in 0..<rounds {
      let part = round * share..<min((round + 1) * share, tiles)
      context.pool.run(over: part.count, pieces: 4 * context.pool.threads) { range, _ in
        transform(
          part.lowerBound + range.lowerBound..<part.lowerBound + range.upperBound,
          from: part.lowerBound, v, m, plane: plane)
      }
      context.pool.run(36) { matrix, _ in
        multiply(
          matrix, rows: part.count, v, m, plane: plane, into: sum.pointer, adding: round > 0)
      }
    }
  }

  private func transform(
    _ range: Range<Int>, from origin: Int, _ v: UnsafeMutablePointer<Float>,
    _ m: UnsafeMutablePointer<Float>, plane: Int
  ) {
    let tiling = tiling
    rg_winograd_input(
      pass.input.raw, pass.geometry.padding, tiling.grid, range.lowerBound, range.upperBound,
      rg_tile_rows(of: (range.lowerBound - origin, 0, 0, 0)), v, channels, plane * channels)
    let (across, perImage) = (tiling.grid.across, tiling.perImage)
    for tile in range {
      let (image, place) = (tile / perImage, tile % perImage)
      rg_winograd_output_gradient(
        gradient.image(image), gradient.height, gradient.width, out, place / across * 4,
        place % across * 4, m + (tile - origin) * out, plane * out)
    }
  }

  private func multiply(
    _ matrix: Int, rows: Int, _ v: UnsafeMutablePointer<Float>, _ m: UnsafeMutablePointer<Float>,
    plane: Int, into sum: UnsafeMutablePointer<Float>, adding: Bool
  ) {
    BLAS.multiply(
      rows: channels, columns: out, inner: rows,
      .init(v + matrix * plane * channels, stride: channels, transposed: true),
      .init(m + matrix * plane * out, stride: out), beta: adding ? 1 : 0,
      into: sum + matrix * channels * out, stride: out)
  }
}
