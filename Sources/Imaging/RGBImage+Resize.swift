import CKernels

extension RGBImage {
  /// Pillow 13's `resize((width, height), Resampling.BILINEAR)`, byte for byte: an antialiased
  /// triangle filter in fixed point. Sides below one pixel count as one.
  public func resized(width: Int, height: Int) -> RGBImage {
    let width = max(width, 1)
    let height = max(height, 1)
    return resized(width: width, height: height, left: 0, top: 0, windowOf: (width, height))
  }

  /// torchvision's `resize(image, shorterSide)`: the shorter side gets that many pixels, the longer
  /// one `Int(shorterSide * longer / shorter)`.
  public func resized(shorterSide: Int) -> RGBImage {
    let size = size(forShorterSide: shorterSide)
    return resized(width: size.width, height: size.height)
  }

  /// `resized(shorterSide:).centerCropped(width:height:)`, without computing what the crop drops.
  public func resized(shorterSide: Int, centerCroppedTo side: Int) -> RGBImage {
    let size = size(forShorterSide: shorterSide)
    guard side >= 1, side <= size.width, side <= size.height else {
      return resized(width: size.width, height: size.height)
        .centerCropped(width: side, height: side)
    }
    return resized(
      width: size.width, height: size.height,
      left: Self.centerOffset(of: side, in: size.width),
      top: Self.centerOffset(of: side, in: size.height), windowOf: (side, side))
  }

  /// torchvision's `_compute_resized_output_size`.
  func size(forShorterSide requested: Int) -> (width: Int, height: Int) {
    let requested = max(requested, 1)
    let longer = Int(Double(requested * max(width, height)) / Double(min(width, height)))
    return width <= height ? (requested, longer) : (longer, requested)
  }

  private func resized(
    width newWidth: Int, height newHeight: Int, left: Int, top: Int,
    windowOf window: (width: Int, height: Int)
  ) -> RGBImage {
    if newWidth == width, newHeight == height, window == (width, height) { return self }
    let part = rg_image_window(
      left: Int32(left), top: Int32(top), width: Int32(window.width), height: Int32(window.height))
    return withPixels { source in
      RGBImage(width: window.width, height: window.height) { target in
        rg_image_resize_bilinear(
          source, Int32(width), Int32(height), target, Int32(newWidth), Int32(newHeight), part)
      }
    }
  }
}
