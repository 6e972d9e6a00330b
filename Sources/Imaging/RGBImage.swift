/// 8-bit RGB pixels, interleaved `[height, width, 3]`, no padding between rows.
public struct RGBImage: Equatable, Sendable {
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `height * width * 3` bytes, row by row, R G B.
  public var pixels: [UInt8]

  /// An image of the given pixels, or `nil` when their number is not `width * height * 3`.
  public init?(width: Int, height: Int, pixels: [UInt8]) {
    guard width > 0, height > 0, pixels.count == width * height * 3 else { return nil }
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// An image of one colour; sides of at least one pixel.
  public init(width: Int, height: Int, filledWith value: UInt8 = 0) {
    self.width = max(width, 1)
    self.height = max(height, 1)
    pixels = [UInt8](repeating: value, count: self.width * self.height * 3)
  }

  /// For callers in this module that made `width * height * 3` pixels themselves.
  init(checkedWidth width: Int, height: Int, pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
