extension RGBImage {
  /// Rows of images under each other, on white with a gap between; an empty image for none.
  public static func mosaic(_ rows: [[RGBImage]], gap: Int = 4) -> RGBImage {
    let width = rows.map { row in row.reduce(gap) { $0 + $1.width + gap } }.max() ?? 1
    let height = rows.reduce(gap) { $0 + ($1.map(\.height).max() ?? 0) + gap }
    var canvas = RGBImage(width: width, height: height, filledWith: 255)
    var top = gap
    for row in rows {
      var left = gap
      for image in row {
        for y in 0..<image.height {
          let target = ((top + y) * canvas.width + left) * 3
          canvas.pixels.replaceSubrange(
            target..<target + image.width * 3,
            with: image.pixels[y * image.width * 3..<(y + 1) * image.width * 3])
        }
        left += image.width + gap
      }
      top += (row.map(\.height).max() ?? 0) + gap
    }
    return canvas
  }
}
