/// Images in rows under column headings, each strip with its name above it, dark on white: what it shows
/// can be read where the file is opened alone.
public struct ImageSheet: Sendable {
  /// Images side by side, one a column.
  public struct Strip: Sendable {
    /// E.g. the photo's file; empty for none.
    public var name: String
    /// One image for each column.
    public var images: [RGBImage]

    /// - Parameter images: one for each column of the sheet.
    public init(name: String, images: [RGBImage]) {
      self.name = name
      self.images = images
    }
  }

  /// Their headings, the same for every strip.
  public var columns: [String]
  /// In reading order.
  public var strips: [Strip]
  /// Strips beside each other.
  public var across: Int

  /// - Parameter across: how many strips stand beside each other.
  public init(columns: [String], strips: [Strip], across: Int = 1) {
    self.columns = columns
    self.strips = strips
    self.across = max(across, 1)
  }

  private static let gap = 4
  /// Between strips beside each other.
  private static let wideGap = 14
  private static let scale = 2
  private static var lineHeight: Int { PixelFont.height * scale + gap }
  /// Of the headings, with the gap below them.
  private static var headHeight: Int { lineHeight + gap }

  /// The sheet's pixels; a single white one without strips.
  public var image: RGBImage {
    guard !strips.isEmpty else { return RGBImage(width: 1, height: 1, filledWith: 255) }
    let beside = min(across, strips.count)
    let rows = stride(from: 0, to: strips.count, by: beside).map {
      Array(strips[$0..<min($0 + beside, strips.count)])
    }
    let heights = rows.map { row in row.flatMap(\.images).map(\.height).max() ?? 0 }
    var canvas = RGBImage(
      width: 2 * Self.gap + beside * stripWidth + (beside - 1) * Self.wideGap,
      height: Self.gap + Self.headHeight
        + heights.reduce(0) { $0 + nameHeight + $1 + Self.gap }, filledWith: 255)
    for position in 0..<beside { drawHeadings(left: left(position), &canvas) }
    var top = Self.gap + Self.headHeight
    for (row, height) in zip(rows, heights) {
      for (position, strip) in row.enumerated() {
        draw(strip, left: left(position), top: top, &canvas)
      }
      top += nameHeight + height + Self.gap
    }
    return canvas
  }

  /// Of each column's widest image, and of its heading where there is none.
  private var widths: [Int] {
    let count = max(columns.count, strips.map(\.images.count).max() ?? 0)
    return (0..<count).map { column in
      strips.compactMap { strip in
        strip.images.indices.contains(column) ? strip.images[column].width : nil
      }.max() ?? PixelFont.advance * Self.scale * columns[column].count
    }
  }

  private var stripWidth: Int { widths.reduce(-Self.gap) { $0 + $1 + Self.gap } }
  private var nameHeight: Int { strips.allSatisfy(\.name.isEmpty) ? 0 : Self.lineHeight }

  private func left(_ position: Int) -> Int {
    Self.gap + position * (stripWidth + Self.wideGap)
  }

  private func drawHeadings(left: Int, _ canvas: inout RGBImage) {
    var left = left
    for (heading, width) in zip(columns, widths) {
      let text = PixelFont.fitted(heading, width: width, scale: Self.scale)
      let length = PixelFont.advance * Self.scale * text.count
      canvas.draw(text, left: left + max(width - length, 0) / 2, top: Self.gap, scale: Self.scale)
      left += width + Self.gap
    }
  }

  private func draw(_ strip: Strip, left: Int, top: Int, _ canvas: inout RGBImage) {
    let name = PixelFont.fitted(strip.name, width: stripWidth, scale: Self.scale)
    canvas.draw(name, left: left, top: top, scale: Self.scale)
    var left = left
    for (image, width) in zip(strip.images, widths) {
      canvas.paste(image, left: left, top: top + nameHeight)
      left += width + Self.gap
    }
  }
}

extension RGBImage {
  /// Puts an image, which must fit, over pixels.
  fileprivate mutating func paste(_ image: RGBImage, left: Int, top: Int) {
    for y in 0..<image.height {
      let target = ((top + y) * width + left) * 3
      pixels.replaceSubrange(
        target..<target + image.width * 3,
        with: image.pixels[y * image.width * 3..<(y + 1) * image.width * 3])
    }
  }
}
