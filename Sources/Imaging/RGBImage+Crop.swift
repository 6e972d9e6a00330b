extension RGBImage {
  /// The `width` x `height` pixels from column `left` and row `top`; what lies outside of the image
  /// is black (Pillow's `crop`). Sides below one pixel count as one.
  public func crop(left: Int, top: Int, width newWidth: Int, height newHeight: Int) -> RGBImage {
    if left == 0, top == 0, newWidth == width, newHeight == height { return self }
    var result = RGBImage(width: newWidth, height: newHeight)
    let columns = max(left, 0)..<max(min(left + result.width, width), max(left, 0))
    let rows = max(top, 0)..<max(min(top + result.height, height), max(top, 0))
    guard !columns.isEmpty else { return result }
    let stride = result.width * 3
    withPixels { source in
      result.withMutablePixels { target in
        for row in rows {
          let from = source + (row * width + columns.lowerBound) * 3
          let to = target + (row - top) * stride + (columns.lowerBound - left) * 3
          to.update(from: from, count: columns.count * 3)
        }
      }
    }
    return result
  }

  /// Keeps columns `left ..< right` and rows `top ..< bottom` alone, in the memory that the image
  /// has: a large photo is not held twice. What lies outside of the image is left out; at least one
  /// pixel stays.
  public mutating func trim(left: Int, top: Int, right: Int, bottom: Int) {
    let left = min(max(left, 0), width - 1)
    let top = min(max(top, 0), height - 1)
    let newWidth = max(min(right, width) - left, 1)
    let newHeight = max(min(bottom, height) - top, 1)
    let stride = width * 3
    withMutablePixels { pixels in
      for row in 0..<newHeight {
        let from = pixels + (top + row) * stride + left * 3
        // Rows move towards the front, so none is overwritten before it is read.
        (pixels + row * newWidth * 3).update(from: from, count: newWidth * 3)
      }
    }
    var kept: [UInt8] = []
    swap(&kept, &pixels)
    kept.removeLast(kept.count - newWidth * newHeight * 3)
    self = RGBImage(checkedWidth: newWidth, height: newHeight, pixels: kept)
  }

  /// torchvision's `center_crop`: offsets of half a pixel go to the even side; a side that is too
  /// small is padded with black, the odd pixel right or below.
  public func centerCropped(width newWidth: Int, height newHeight: Int) -> RGBImage {
    crop(
      left: Self.centerOffset(of: newWidth, in: width),
      top: Self.centerOffset(of: newHeight, in: height), width: newWidth, height: newHeight)
  }

  /// Where a crop of `size` pixels starts in `available` pixels; negative where it is padded.
  static func centerOffset(of size: Int, in available: Int) -> Int {
    if size > available { return -((size - available) / 2) }
    return Int((Double(available - size) / 2).rounded(.toNearestOrEven))
  }
}
