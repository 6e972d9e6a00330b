import Imaging
import Tensors

/// y and x of one draw of a photo, as pixels, and the θ that undoes the distortion.
public struct ViewPair: Sendable {
  /// Which images the distortion changes the colours of.
  public enum Jitter: Sendable {
    /// x alone, so that colours are to be repaired.
    case distorted
    /// y too: x and y have the same colours, of any kind; see
    /// `DrawnDistortion.applyWithEqualColors(to:)`.
    case both
  }

  /// 256×256; y is its centre.
  public let canonical: RGBImage
  /// x, 256×256, and the photo that it is a view of, where there is one.
  public let view: PhotoView
  /// What undoes the geometry whole, see `DrawnDistortion.inverse()`.
  public let inverse: Homography
  /// Six numbers, row by row, see `DrawnDistortion.theta()`.
  public let theta: [Double]

  /// A photo and its distortion.
  ///
  /// - Parameters:
  ///   - center256: the photo's middle, 256×256.
  ///   - photographs: see `DrawnDistortion.view(of:photographs:)`.
  /// - Throws: As `DrawnDistortion.view(of:photographs:)`.
  public init(
    _ center256: RGBImage, _ distortion: any DrawnDistortion, jitter: Jitter = .distorted,
    photographs: PhotographCache? = nil
  ) throws {
    (canonical, view) =
      try jitter == .both
      ? distortion.viewWithEqualColors(of: center256, photographs: photographs)
      : (center256, distortion.view(of: center256, photographs: photographs))
    theta = distortion.theta()
    inverse = distortion.inverse()
  }

  /// A photo that stays as it is: x is y, in the distortion's colours where `jitter` is `both`.
  ///
  /// - Throws: As `DrawnDistortion.applyColor(to:)`.
  public init(
    undistorted center256: RGBImage, _ distortion: any DrawnDistortion, jitter: Jitter
  ) throws {
    canonical = try jitter == .both ? distortion.applyColor(to: center256) : center256
    view = PhotoView(canonical)
    theta = [1, 0, 0, 0, 1, 0]
    inverse = Homography(elements: theta + [0, 0, 1])
  }
}

extension ViewPair {
  /// The θ that undoes the geometry whole: six numbers, or the eight of a homography whose last is 1.
  public var wholeTheta: [Double] {
    let m = inverse.elements
    return m[6] == 0 && m[7] == 0 ? theta : m.dropLast().map { $0 / m[8] }
  }
}

extension Collection<ViewPair> {
  /// The middles of y, `[N, side, side, 3]`, normalised.
  ///
  /// - Parameter side: pixels, at most 256.
  /// - Throws: `UserError` for a larger side.
  public func canonical(side: Int = ImageSide.canonical) throws -> Tensor {
    try Normalization.imageNet.batch(map(\.canonical), side: side)
  }

  /// The middles of x, `[N, side, side, 3]`, normalised.
  ///
  /// - Parameter side: pixels, at most 256.
  /// - Throws: `UserError` for a larger side.
  public func distorted(side: Int = ImageSide.distorted) throws -> Tensor {
    try Normalization.imageNet.batch(map(\.view.pixels), side: side)
  }

  /// θ, of maps that are none the nearest affine one, `[N, 2, 3]`.
  public var theta: Tensor { Self.tensor(map(\.theta), [2, 3]) }

  /// The θ that undo the geometries whole, `[N, 2, 3]` or, where one of them is a homography, `[N, 8]`.
  public var wholeTheta: Tensor {
    let all = map(\.wholeTheta)
    return all.contains { $0.count == 8 }
      ? Self.tensor(all.map { $0.count == 8 ? $0 : $0 + [0, 0] }, [8])
      : Self.tensor(all, [2, 3])
  }

  private static func tensor(_ numbers: [[Double]], _ shape: [Int]) -> Tensor {
    Tensor([numbers.count] + shape) { memory in
      for (index, value) in numbers.joined().enumerated() { memory[index] = Float(value) }
    }
  }
}
