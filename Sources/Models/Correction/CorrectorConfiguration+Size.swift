extension CorrectorConfiguration {
  /// How many numbers the stages learn, known before any of them is made.
  public var parameterCount: Int {
    var count = 0
    if stages.contains(.stn) { count += transformer.localisation.parameterCount(outputs: 6) }
    if stages.contains(.color) { count += color.parameterCount }
    if stages.contains(.unet) { count += unet.parameterCount }
    return count
  }
}

/// A convolution k×k and its bias, or its batch norm's weight and bias.
private func block(_ channels: Int, _ out: Int, kernel: Int = 3, _ normalization: Normalizing)
  -> Int
{
  kernel * kernel * channels * out + (normalization == .batch ? 2 : 1) * out
}

extension CorrectorConfiguration.Color {
  fileprivate var parameterCount: Int {
    let units = Self.histogramUnits
    guard let histogram else { return features.parameterCount(outputs: 12) }
    return (4 * histogram + 1) * units + features.parameterCount(joining: units, outputs: 12)
  }
}

extension CorrectorConfiguration.Features {
  fileprivate func parameterCount(joining: Int = 0, outputs: Int) -> Int {
    var (count, channels, side) = (0, 3, view)
    for (index, width) in widths.enumerated() {
      count += block(channels, width, kernel: index == 0 ? firstKernel : 3, normalization)
      (channels, side) = (width, (side + 1) / 2)
    }
    let features =
      joining + (summary == .flatten ? channels * side * side : 2 * channels + 6)
    guard let hidden else { return count + (features + 1) * outputs }
    return count + (features + 1) * hidden + (hidden + 1) * outputs
  }
}

extension CorrectorConfiguration.Residual {
  fileprivate var parameterCount: Int {
    var (count, channels) = (0, inChannels)
    for level in 0...depth {
      let out = width << level
      count += block(channels, out, normalization) + block(out, out, normalization)
      if level < depth {
        // Back up to this level: transposed convolution 2×2, then two blocks on twice the channels.
        count += 8 * out * out + out
        count += block(2 * out, out, normalization) + block(out, out, normalization)
      }
      channels = out
    }
    return count + 3 * (width + 1)
  }
}
