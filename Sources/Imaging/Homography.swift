/// A map of the plane that keeps lines straight: what a camera does to a flat print.
///
/// (x, y) goes to ((a x + b y + c) / w, (d x + e y + f) / w) with w = g x + h y + i.
public struct Homography: Equatable, Sendable {
  /// A point or a corner; x to the right, y down.
  public struct Point: Equatable, Sendable {
    /// To the right.
    public var x: Double
    /// Downwards.
    public var y: Double

    /// The point (x, y).
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// a b c, d e f, g h i.
  public let elements: [Double]

  /// - Parameter elements: nine numbers, row by row; missing ones count as 0.
  public init(elements: [Double]) {
    self.elements = (0..<9).map { $0 < elements.count ? elements[$0] : 0 }
  }

  /// The map that sends the corners of the unit square to those of a quadrilateral, clockwise from
  /// top left (P. Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 2.2.3).
  ///
  /// - Returns: `nil` unless there are four corners, no three of them on a line.
  public init?(unitSquareTo corners: [Point]) {
    guard corners.count == 4 else { return nil }
    let (p, q, r, s) = (corners[0], corners[1], corners[2], corners[3])
    let (ax, ay) = (q.x - r.x, q.y - r.y)
    let (bx, by) = (s.x - r.x, s.y - r.y)
    let (cx, cy) = (p.x - q.x + r.x - s.x, p.y - q.y + r.y - s.y)
    let area = ax * by - bx * ay
    guard area != 0 else { return nil }
    let g = (cx * by - bx * cy) / area
    let h = (ax * cy - cx * ay) / area
    self.init(elements: [
      q.x - p.x + g * q.x, s.x - p.x + h * s.x, p.x,
      q.y - p.y + g * q.y, s.y - p.y + h * s.y, p.y,
      g, h, 1,
    ])
  }

  /// Where a point goes.
  public func callAsFunction(_ point: Point) -> Point {
    let m = elements
    let w = m[6] * point.x + m[7] * point.y + m[8]
    return Point(
      (m[0] * point.x + m[1] * point.y + m[2]) / w, (m[3] * point.x + m[4] * point.y + m[5]) / w)
  }

  /// The way back, up to a factor; of no use when three points of a line come from a triangle.
  public var inverse: Homography {
    let m = elements
    return Homography(elements: [
      m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
      m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
      m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
    ])
  }
}

extension Homography {
  /// First `first`, then this.
  public func after(_ first: Homography) -> Homography {
    let (a, b) = (elements, first.elements)
    return Homography(
      elements: (0..<9).map { index in
        let (row, column) = (index / 3 * 3, index % 3)
        return a[row] * b[column] + a[row + 1] * b[3 + column] + a[row + 2] * b[6 + column]
      })
  }
}
