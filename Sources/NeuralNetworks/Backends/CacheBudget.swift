/// What the methods keep in the processor's caches, in floats unless a name says bytes.
///
/// Measured on x86 server cores (second-level caches of 1 to 2 MB, tens of MB shared). Other caches
/// make other values faster; but the last bits of results depend on them, so they are fixed.
enum CacheBudget {
  // MARK: A core's own second-level cache

  /// Rows of a 1×1 convolution, input and output: every panel of weights reads all of them.
  static let productRows = 64 << 10
  /// Patches of a block of pixels, or its results, whichever are more.
  static let patches = 96 << 10
  /// Transformed tiles of both sides of Winograd: half a MB, or a quarter where both share memory, as weights pass
  /// through beside them.
  static let winogradTiles = 128 << 10
  /// The same for the gradient of the weights, which adds to its sums seldom in large blocks.
  static let winogradGradientTiles = 512 << 10
  /// Sums of the gradient of the weights, input times output channels, beside the tiles.
  static let winogradGradientChannels = 128 * 128

  // MARK: The cache that the cores share

  /// Transformed filters that stay there while all threads read them.
  static let sharedWeightBytes = 4 << 20
  /// Transformed inputs of the tiles that all threads take together.
  static let sharedInputBytes = 8 << 20
  /// Products of these tiles, of as many output channels as fit.
  static let sharedProductBytes = 4 << 20
  /// Transformed tiles of both sides, for the gradient of heavy weights.
  static let sharedGradientTiles = 12 << 20
}
