import CKernels
import Tensors

/// A way to compute tiles of outputs of a 3×3 convolution by matrix products, fewer than nine for each
/// output.
enum WinogradScheme {
  /// Stride 1, tiles of 6 outputs and, where they fit better, 4, down and across: F(6, 3) and F(4, 3)
  /// (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016). Of 6×6 outputs 64
  /// products replace 324.
  case mixed
  /// The same with tiles of 4×4 outputs alone: 36 products replace 144, by 36 matrices of filters
  /// instead of 64.
  case small
  /// Stride 2: an output row reads every other sample of the input with the outer two weights, which
  /// is F(4, 2), and those between with the middle one. 81 products replace 144.
  case strided

  /// For inference, of a geometry with stride 1 or 2.
  ///
  /// - Parameter usualSize: the height and width of the inputs, if they are known.
  init(_ geometry: ConvolutionGeometry, usualSize: (height: Int, width: Int)?) {
    self = geometry.stride == 2 ? .strided : .mixed
    guard self == .mixed, let usualSize else { return }
    let size = geometry.outputSize(height: usualSize.height, width: usualSize.width)
    if !hasLongTiles(height: size.height, width: size.width) { self = .small }
  }

  /// For training, which transforms the filters in every step: long tiles where there are so many
  /// that the other filters cost little beside them.
  ///
  /// - Parameters:
  ///   - batch: images.
  ///   - height: of the outputs.
  ///   - width: of the outputs.
  static func training(batch: Int, height: Int, width: Int) -> WinogradScheme {
    WinogradTiling(.small, height: height, width: width).perImage * batch >= 1024
      && WinogradScheme.mixed.hasLongTiles(height: height, width: width) ? .mixed : .small
  }

  /// Whether outputs of this size are cut into some tiles of 6.
  private func hasLongTiles(height: Int, width: Int) -> Bool {
    cut(height).large + cut(width).large > 0
  }

  /// Points of a tile of four outputs; one of six has two more.
  var smallPoints: Int { self == .strided ? 9 : 6 }

  /// Points of the longest tile.
  var side: Int {
    switch self {
    case .small: 6
    case .mixed: 8
    case .strided: 9
    }
  }

  /// Matrices of transformed inputs, and of products.
  var planes: Int { side * side }

  /// How many tiles of 6 and of 4 outputs cover a length with the fewest points.
  func cut(_ length: Int) -> (large: Int, small: Int) {
    func small(beside large: Int) -> Int { max(length - 6 * large + 3, 0) / 4 }
    guard self == .mixed else { return (0, small(beside: 0)) }
    func points(_ large: Int) -> Int { 8 * large + 6 * small(beside: large) }
    let large = (0...(length + 5) / 6).min { points($0) < points($1) } ?? 0
    return (large, small(beside: large))
  }

  /// A plane of transformed inputs, and the filters that it is multiplied by.
  struct Product {
    let plane: Int
    let filters: Int
    /// Whether only tiles that are 6 outputs high have it.
    let tall: Bool
    /// Whether only tiles that are 6 outputs wide have it.
    let wide: Bool
  }

  /// One product for each plane; planes of the same filters one after the other.
  var products: [Product] {
    switch self {
    case .mixed: Self.mixedProducts
    case .small: Self.smallProducts
    case .strided: Self.stridedProducts
    }
  }

  /// Whether `products` follow the planes' order.
  var multipliesInOrder: Bool { self != .strided }

  private static let mixedProducts = denseProducts(side: 8)
  private static let smallProducts = denseProducts(side: 6)
  private static func denseProducts(side: Int) -> [Product] {
    (0..<side * side).map {
      Product(plane: $0, filters: $0, tall: $0 / side >= 6, wide: $0 % side >= 6)
    }
  }
  private static let stridedProducts = (0..<81).map {
    Product(plane: $0, filters: 6 * min($0 / 9, 5) + min($0 % 9, 5), tall: false, wide: false)
  }.sorted { ($0.filters, $0.plane) < ($1.filters, $1.plane) }

  /// Points of a filter, down and across.
  var filterSide: Int { self == .mixed ? 8 : 6 }

  /// Matrices of transformed filters, `[in, out]` each.
  var filterMatrices: Int { filterSide * filterSide }

  /// Filters `[out, in, 3, 3]` as panel matrices `[in, out]`, for inference.
  func transformed(_ weights: Tensor) -> AlignedBuffer {
    let (out, channels) = (weights.shape[0], weights.shape[1])
    let packed = AlignedBuffer(uninitialized: filterMatrices * out * channels)
    weights.withUnsafeBufferPointer {
      (self == .strided ? rg_strided_winograd_weights : rg_winograd_weights)(
        $0.baseAddress, packed.pointer, out, channels, filterSide, PanelMatrix.width)
    }
    return packed
  }
}
