import Imaging

/// ImageNet-C's changes of light, and what a poor file does to an image.
extension RGBImage {
  /// HSV's value raised, hue and saturation kept. No random numbers.
  func brightened(by amount: Double) -> RGBImage {
    var image = self
    for start in stride(from: 0, to: pixels.count, by: 3) {
      func own(_ channel: Int) -> Double { Double(pixels[start + channel]) / 255 }
      let (red, green, blue) = (own(0), own(1), own(2))
      let value = max(red, green, blue)
      let range = value - min(red, green, blue)
      var (hue, saturation) = (0.0, 0.0)
      if range > 0 {
        saturation = range / value
        // The last of the largest decides, as in scikit-image.
        hue =
          blue == value
          ? 4 + (red - green) / range
          : green == value ? 2 + (blue - red) / range : (green - blue) / range
        hue /= 6
        hue -= hue.rounded(.down)
      }
      let raised = min(value + amount, 1)
      let sector = (hue * 6).rounded(.down)
      let part = hue * 6 - sector
      let low = raised * (1 - saturation)
      let falling = raised * (1 - part * saturation)
      let rising = raised * (1 - (1 - part) * saturation)
      let (r, g, b) =
        switch Int(sector) % 6 {
        case 0: (raised, rising, low)
        case 1: (falling, raised, low)
        case 2: (low, raised, rising)
        case 3: (low, falling, raised)
        case 4: (rising, low, raised)
        default: (raised, low, falling)
        }
      image.pixels[start] = UInt8(cutting: r)
      image.pixels[start + 1] = UInt8(cutting: g)
      image.pixels[start + 2] = UInt8(cutting: b)
    }
    return image
  }

  /// Each channel nearer to its mean over the image. No random numbers.
  func withContrast(_ factor: Double) -> RGBImage {
    var sums = [0, 0, 0]
    for (index, value) in pixels.enumerated() { sums[index % 3] += Int(value) }
    let tables = sums.map { sum in
      let mean = Double(sum) / (255 * Double(width * height))
      return (0..<256).map { UInt8(cutting: (Double($0) / 255 - mean) * factor + mean) }
    }
    var image = self
    for (index, value) in pixels.enumerated() {
      image.pixels[index] = tables[index % 3][Int(value)]
    }
    return image
  }

  /// Reduced to a part of the side and enlarged again, both as Pillow's `BOX`. No random numbers.
  func pixelated(to part: Double) -> RGBImage {
    let small = (max(Int(Double(width) * part), 1), max(Int(Double(height) * part), 1))
    return boxResized(width: small.0, height: small.1).boxResized(width: width, height: height)
  }

  /// Pillow's `resize(…, BOX)`, byte for byte: across, then down, in its fixed point.
  private func boxResized(width newWidth: Int, height newHeight: Int) -> RGBImage {
    let across = BoxFilter(from: width, to: newWidth)
    let down = BoxFilter(from: height, to: newHeight)
    var rows = RGBImage(width: newWidth, height: height)
    for y in 0..<height {
      for x in 0..<newWidth {
        let (first, weights) = across.taps[x]
        for channel in 0..<3 {
          var sum = BoxFilter.half
          for (index, weight) in weights.enumerated() {
            sum += Int(pixels[(y * width + first + index) * 3 + channel]) * weight
          }
          rows.pixels[(y * newWidth + x) * 3 + channel] = BoxFilter.byte(sum)
        }
      }
    }
    var image = RGBImage(width: newWidth, height: newHeight)
    for y in 0..<newHeight {
      let (first, weights) = down.taps[y]
      for column in 0..<newWidth * 3 {
        var sum = BoxFilter.half
        for (index, weight) in weights.enumerated() {
          sum += Int(rows.pixels[(first + index) * newWidth * 3 + column]) * weight
        }
        image.pixels[y * newWidth * 3 + column] = BoxFilter.byte(sum)
      }
    }
    return image
  }
}

/// Which pixels of a side make one of another, and their weights in Pillow's fixed point.
private struct BoxFilter {
  private static let bits = 22
  static let half = 1 << (bits - 1)
  let taps: [(first: Int, weights: [Int])]

  init(from side: Int, to newSide: Int) {
    let scale = Double(side) / Double(newSide)
    let stretch = max(scale, 1)
    let support = 0.5 * stretch
    taps = (0..<newSide).map { pixel in
      let center = (Double(pixel) + 0.5) * scale
      let first = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), side)
      let covered = (first..<end).map { place -> Double in
        let distance = (Double(place) - center + 0.5) * (1 / stretch)
        return distance > -0.5 && distance <= 0.5 ? 1 : 0
      }
      let sum = covered.reduce(0, +)
      let weights = covered.map { Int(0.5 + $0 / max(sum, 1) * Double(1 << Self.bits)) }
      return (first, weights)
    }
  }

  static func byte(_ sum: Int) -> UInt8 { UInt8(clamping: sum >> bits) }
}
