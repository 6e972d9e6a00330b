import CKernels
import Tensors

/// A way to compute tiles of 4×4 outputs of a 3×3 convolution by matrix products, fewer than nine for
/// each of the 16.
enum WinogradScheme {
  /// Stride 1, F(4×4, 3×3) (Lavin and Gray, "Fast algorithms for convolutional neural networks",
  /// 2016): 36 products replace 144.
  case dense
  /// Stride 2: an output row reads every other sample of the input with the outer two weights, which
  /// is F(4, 2), and those between with the middle one. 81 products replace 144.
  case strided

  /// That of a geometry with stride 1 or 2.
  init(_ geometry: ConvolutionGeometry) { self = geometry.stride == 2 ? .strided : .dense }

  /// Matrices of transformed filters, `[in, out]` each.
  static let filterMatrices = 36

  /// Matrices of transformed inputs, and of products.
  var planes: Int {
    switch self {
    case .dense: 36
    case .strided: 81
    }
  }

  /// Which filter matrix each plane is multiplied by, planes of the same one after the other.
  var products: [(plane: Int, filters: Int)] {
    switch self {
    case .dense: Self.denseProducts
    case .strided: Self.stridedProducts
    }
  }

  private static let denseProducts = (0..<36).map { (plane: $0, filters: $0) }
  private static let stridedProducts = (0..<81)
    .map { (plane: $0, filters: 6 * min($0 / 9, 5) + min($0 % 9, 5)) }
    .sorted { ($0.filters, $0.plane) < ($1.filters, $1.plane) }

  /// Filters `[out, in, 3, 3]` as 36 panel matrices `[in, out]`.
  func transformed(_ weights: Tensor) -> AlignedBuffer {
    let (out, channels) = (weights.shape[0], weights.shape[1])
    let packed = AlignedBuffer(uninitialized: Self.filterMatrices * out * channels)
    weights.withUnsafeBufferPointer {
      switch self {
      case .dense:
        rg_winograd_weights($0.baseAddress, packed.pointer, out, channels, PanelMatrix.width)
      case .strided:
        rg_strided_winograd_weights(
          $0.baseAddress, packed.pointer, out, channels, PanelMatrix.width)
      }
    }
    return packed
  }
}
