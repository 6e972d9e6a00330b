/// Whether batch norms follow the convolutions.
public enum Normalizing: String, Codable, Sendable, CaseIterable {
  case none
  case batch
}

/// Convolution → batch norm (if any) → ReLU, padded by half the kernel.
public struct ConvolutionBlock: Sendable {
  private let convolution: Conv2d
  private let norm: BatchNorm2d?

  /// - Parameters:
  ///   - name: of the convolution; it has a bias only where no batch norm follows.
  ///   - norm: the name of the batch norm.
  public init(
    _ name: String, norm normName: String, out: Int, kernel: Int = 3, stride: Int = 1,
    normalization: Normalizing
  ) {
    convolution = Conv2d(
      name, out: out, kernel: kernel, stride: stride, padding: kernel / 2,
      bias: normalization == .none)
    norm = normalization == .batch ? BatchNorm2d(normName) : nil
  }

  /// `[N, H, W, in]` → `[N, ⌈H / stride⌉, ⌈W / stride⌉, out]`.
  public func callAsFunction<C: Computation>(_ x: C.Value, on c: C) throws -> C.Value {
    guard let norm else { return try convolution(x, relu: true, on: c) }
    return try norm(convolution(x, on: c), relu: true, on: c)
  }
}
