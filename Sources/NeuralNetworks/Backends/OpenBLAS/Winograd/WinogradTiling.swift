import CKernels

/// How the outputs of a convolution are cut into tiles, and which rows of the planes they fill.
///
/// Where a scheme has tiles of two lengths, the first rows and columns of an image's tiles are the
/// long ones. A plane of a point that only long tiles have holds none of the others: among the tiles
/// of a group, small ones fill the first rows of the planes, then come those that are long down, both
/// ways, and across, so that the rows of each plane follow each other.
struct WinogradTiling {
  let scheme: WinogradScheme
  /// As the kernels in C take it.
  let grid: rg_tiles

  /// - Parameters:
  ///   - height: of the outputs.
  ///   - width: of the outputs.
  init(_ scheme: WinogradScheme, height: Int, width: Int) {
    self.scheme = scheme
    let (down, across) = (scheme.cut(height), scheme.cut(width))
    grid = rg_tiles(
      down: down.large + down.small, across: across.large + across.small, large_down: down.large,
      large_across: across.large, side: scheme.side)
  }

  /// Tiles of an image.
  var perImage: Int { grid.down * grid.across }

  /// Rows of all planes that an image fills: the products of each channel of the input with each of
  /// the output.
  var productsPerImage: Int {
    func points(_ tiles: Int, large: Int) -> Int { 2 * large + scheme.smallPoints * tiles }
    return points(grid.down, large: grid.large_down) * points(grid.across, large: grid.large_across)
  }

  /// The filters' matrices that are read.
  var filterMatrices: Int {
    let image = Group(0..<perImage, of: self)
    return Set(scheme.products.filter { !image.rows(of: $0).isEmpty }.map(\.filters)).count
  }

  /// Of the first tiles of a batch, how many are small, long down, long both ways, long across.
  fileprivate func kinds(before tile: Int) -> SIMD4<Int> {
    func kinds(down: Int, across: Int) -> SIMD4<Int> {
      let (tall, wide) = (min(down, grid.large_down), min(across, grid.large_across))
      return SIMD4(
        (down - tall) * (across - wide), tall * (across - wide), tall * wide,
        (down - tall) * wide)
    }
    let (images, place) = tile.quotientAndRemainder(dividingBy: perImage)
    let (row, column) = place.quotientAndRemainder(dividingBy: grid.across)
    // The last row of tiles is there up to `column`.
    return kinds(down: grid.down, across: grid.across) &* images
      &+ kinds(down: row, across: grid.across) &+ kinds(down: row + 1, across: column)
      &- kinds(down: row, across: column)
  }

  /// Tiles that are transformed and multiplied together.
  struct Group {
    private let tiling: WinogradTiling
    private let before: SIMD4<Int>
    private let counts: SIMD4<Int>

    init(_ tiles: Range<Int>, of tiling: WinogradTiling) {
      self.tiling = tiling
      before = tiling.kinds(before: tiles.lowerBound)
      counts = tiling.kinds(before: tiles.upperBound) &- before
    }

    /// The rows of the planes from a tile of the group on.
    func rows(from tile: Int) -> rg_tile_rows {
      let passed = tiling.kinds(before: tile) &- before
      return rg_tile_rows(
        of: (
          passed[0], counts[0] + passed[1], counts[0] + counts[1] + passed[2],
          counts[0] + counts[1] + counts[2] + passed[3]
        ))
    }

    /// The rows of a product's plane that are filled.
    func rows(of product: WinogradScheme.Product) -> Range<Int> {
      let first = (product.tall || product.wide ? counts[0] : 0) + (product.wide ? counts[1] : 0)
      let last = counts[0] + counts[1] + counts[2] + (product.tall ? 0 : counts[3])
      return first..<last
    }
  }
}
