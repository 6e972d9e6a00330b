extension RGBImage {
  /// An image whose pixels `fill` writes, all of them; sides below one pixel count as one.
  init(width: Int, height: Int, fill: (UnsafeMutablePointer<UInt8>) throws -> Void) rethrows {
    let width = max(width, 1)
    let height = max(height, 1)
    let count = width * height * 3
    let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { try fill(start) }
      initialized = count
    }
    self.init(checkedWidth: width, height: height, pixels: pixels)
  }

  /// How many pixels there are.
  var pixelCount: Int { width * height }

  /// Calls `body` with the first of `width * height * 3` bytes.
  func withPixels<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
    try pixels.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress, buffer.count == pixelCount * 3 else {
        preconditionFailure("an RGBImage's pixels were replaced by another number of bytes")
      }
      return try body(start)
    }
  }

  /// The same for changes in place.
  mutating func withMutablePixels(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
    let count = pixelCount * 3
    pixels.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, buffer.count == count else {
        preconditionFailure("an RGBImage's pixels were replaced by another number of bytes")
      }
      body(start)
    }
  }
}
