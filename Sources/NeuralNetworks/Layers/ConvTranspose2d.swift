/// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`, the U-Net's way up: `[N, H, W, in]` →
/// `[N, 2 H, 2 W, out]`, weight `[in, out, 2, 2]`.
public struct ConvTranspose2d: Sendable {
  private let name: String
  private let out: Int

  /// - Parameter name: what `weight` and `bias` follow in the `state_dict`.
  public init(_ name: String, out: Int) {
    self.name = name
    self.out = out
  }

  /// `[N, H, W, in]` → `[N, 2 H, 2 W, out]`.
  public func callAsFunction<C: Computation>(_ x: C.Value, on c: C) throws -> C.Value {
    // PyTorch counts the second axis as inputs here: fan-in = out · 4.
    let initial = Parameter.Initial.uniform(bound: 1 / Double(out * 4).squareRoot())
    let shape = [try c.shape(of: x).channels, out, 2, 2]
    return try c.transposedConvolution2x2(
      x, weight: c.use(Parameter("\(name).weight", shape, initial: initial)),
      bias: c.use(Parameter("\(name).bias", [out], initial: initial)))
  }
}
