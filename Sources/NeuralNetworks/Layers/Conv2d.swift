/// `torch.nn.Conv2d` with square kernel, stride and padding: `[N, H, W, in]` → `[N, H', W', out]`,
/// weight `[out, in / groups, k, k]`, initialised from U(±1/√fan-in).
public struct Conv2d: Sendable {
  private let name: String
  private let out: Int
  private let kernel: Int
  private let stride: Int
  private let padding: Int
  private let groups: Int
  private let bias: Bool
  private let startsAtZero: Bool

  /// - Parameters:
  ///   - name: what `weight` and `bias` follow in the `state_dict`.
  ///   - groups: parts of the channels, each of which is computed from its own part of the input.
  ///   - startsAtZero: whether the parameters start with zeros, so that what the layer feeds starts
  ///     as the identity.
  public init(
    _ name: String, out: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
    bias: Bool = true, startsAtZero: Bool = false
  ) {
    (self.name, self.out, self.kernel) = (name, out, kernel)
    (self.stride, self.padding, self.groups) = (stride, padding, groups)
    (self.bias, self.startsAtZero) = (bias, startsAtZero)
  }

  /// relu?(conv(x)).
  public func callAsFunction<C: Computation>(
    _ x: C.Value, relu: Bool = false, on c: C
  ) throws -> C.Value {
    let channels = try c.shape(of: x).channels / groups
    let initial = Parameter.Initial.uniform(
      bound: startsAtZero ? 0 : 1 / Double(channels * kernel * kernel).squareRoot())
    let weight = try c.use(
      Parameter("\(name).weight", [out, channels, kernel, kernel], initial: initial))
    let bias = try bias ? c.use(Parameter("\(name).bias", [out], initial: initial)) : nil
    return try c.convolution(
      x, weight: weight, bias: bias, stride: stride, padding: padding, groups: groups,
      relu: relu)
  }
}
