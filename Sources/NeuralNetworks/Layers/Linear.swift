/// `torch.nn.Linear` of vectors: `[N, 1, 1, in]` → `[N, 1, 1, out]`, weight `[out, in]`, initialised
/// from U(±1/√in). Activations go through `Computation.flatten` first.
public struct Linear: Sendable {
  private let name: String
  private let out: Int
  private let startsAtZero: Bool

  /// - Parameters:
  ///   - name: what `weight` and `bias` follow in the `state_dict`.
  ///   - startsAtZero: whether the parameters start with zeros.
  public init(_ name: String, out: Int, startsAtZero: Bool = false) {
    self.name = name
    self.out = out
    self.startsAtZero = startsAtZero
  }

  /// relu?(x · weightᵀ + bias).
  public func callAsFunction<C: Computation>(
    _ x: C.Value, relu: Bool = false, on c: C
  ) throws -> C.Value {
    let inputs = try c.shape(of: x).count
    let initial = Parameter.Initial.uniform(
      bound: startsAtZero ? 0 : 1 / Double(inputs).squareRoot())
    return try c.linear(
      x, weight: c.use(Parameter("\(name).weight", [out, inputs], initial: initial)),
      bias: c.use(Parameter("\(name).bias", [out], initial: initial)), relu: relu)
  }
}
