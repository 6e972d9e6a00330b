/// How the matrices of a group of tiles lie in memory: for each of a scheme's planes the transformed inputs,
/// `[rows, channels]`, and their products with filters, `[rows, columns]`.
struct WinogradPlanes {
  /// Floats of all.
  let count: Int
  /// Where the first plane of inputs begins, in floats.
  let inputOffset: Int
  /// Floats from plane to plane of them.
  let inputStride: Int
  /// Where the first plane of products begins, in floats.
  let productOffset: Int
  /// Floats from plane to plane of them.
  let productStride: Int

  /// - Parameters:
  ///   - count: of the planes.
  ///   - tiles: that there is room for.
  ///   - channels: of the input.
  ///   - columns: of the output's channels, those that are computed together.
  ///   - inOrder: whether products are computed in the planes' order, one after the other. Then a plane's lie
  ///     where the inputs of the plane before it were: that is near the core, and all takes half the memory.
  init(_ count: Int, tiles: Int, channels: Int, columns: Int, inOrder: Bool) {
    // An odd number of rows keeps the planes off each other's cache lines.
    let rows = tiles | 1
    let widest = rows * max(channels, columns)
    inputStride = inOrder ? widest : rows * channels
    productStride = inOrder ? widest : rows * columns
    inputOffset = inOrder ? widest : 0
    productOffset = inOrder ? 0 : count * inputStride
    self.count = inOrder ? (count + 1) * widest : count * (inputStride + productStride)
  }
}
