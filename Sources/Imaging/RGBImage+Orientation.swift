/// An EXIF orientation: x and y are reversed where it says so, then swapped.
struct Orientation {
  let mirrored: Bool
  let flipped: Bool
  let transposed: Bool

  /// 1...8; 1 and numbers that are not an orientation leave the picture as it is.
  init(_ number: Int) {
    mirrored = [2, 3, 7, 8].contains(number)
    flipped = [3, 4, 6, 7].contains(number)
    transposed = (5...8).contains(number)
  }

  /// Width and height of the upright picture.
  func size(_ width: Int, _ height: Int) -> (width: Int, height: Int) {
    transposed ? (height, width) : (width, height)
  }

  /// Where the pixel of row y and column x of a picture of this size goes: to
  /// `start + y * row + x * column`, counted in pixels.
  func placement(_ width: Int, _ height: Int) -> (start: Int, row: Int, column: Int) {
    let (row, column) = transposed ? (1, height) : (width, 1)
    return (
      start: (flipped ? (height - 1) * row : 0) + (mirrored ? (width - 1) * column : 0),
      row: flipped ? -row : row, column: mirrored ? -column : column
    )
  }
}

extension RGBImage {
  /// The picture upright, given its EXIF orientation (Pillow's `ImageOps.exif_transpose`): 2 is
  /// mirrored, 4 flipped, 3 both, 5 to 8 lie on a side and swap width and height. 1 and
  /// numbers that are not an orientation leave it as it is.
  public func oriented(_ orientation: Int) -> RGBImage {
    guard (2...8).contains(orientation) else { return self }
    let turn = Orientation(orientation)
    let size = turn.size(width, height)
    let steps = turn.placement(width, height)
    return withPixels { source in
      RGBImage(width: size.width, height: size.height) { target in
        var from = source
        for y in 0..<height {
          var to = target + (steps.start + y * steps.row) * 3
          for _ in 0..<width {
            to.update(from: from, count: 3)
            from += 3
            to += steps.column * 3
          }
        }
      }
    }
  }
}
