extension RGBImage {
  /// The picture upright, given its EXIF orientation (Pillow's `ImageOps.exif_transpose`): 2 is
  /// mirrored, 3 upside down, 4 both, 5 to 8 lie on a side and swap width and height. 1 and
  /// numbers that are no orientation leave it as it is.
  public func oriented(_ orientation: Int) -> RGBImage {
    guard (2...8).contains(orientation) else { return self }
    let transposed = orientation >= 5
    let mirrored = [2, 3, 7, 8].contains(orientation)
    let flipped = [3, 4, 6, 7].contains(orientation)
    // Source position of target (x, y): first x and y are swapped, then each is turned around.
    let (stepX, stepY) = transposed ? (width, 1) : (1, width)
    let newWidth = transposed ? height : width
    let newHeight = transposed ? width : height
    let columnMirrored = transposed ? flipped : mirrored
    let rowMirrored = transposed ? mirrored : flipped
    return withPixels { source in
      RGBImage(width: newWidth, height: newHeight) { target in
        var to = target
        for y in 0..<newHeight {
          let row = (rowMirrored ? newHeight - 1 - y : y) * stepY
          for x in 0..<newWidth {
            let column = (columnMirrored ? newWidth - 1 - x : x) * stepX
            to.update(from: source + (row + column) * 3, count: 3)
            to += 3
          }
        }
      }
    }
  }
}
