/// `torch.nn.BatchNorm2d` with ε = 1e-5: `[N, H, W, C]` → the same shape.
public struct BatchNorm2d: Sendable {
  private let name: String

  /// - Parameter name: what `weight`, `bias`, `running_mean` and `running_var` follow.
  public init(_ name: String) { self.name = name }

  /// relu?(batch_norm(x)).
  public func callAsFunction<C: Computation>(
    _ x: C.Value, relu: Bool = false, on c: C
  ) throws -> C.Value {
    try c.batchNorm(x, Parameters(name, channels: c.shape(of: x).channels), relu: relu)
  }

  /// What it learns and keeps, each `[C]`.
  public struct Parameters: Hashable, Sendable {
    /// The layer's name.
    public let name: String
    /// γ.
    public let weight: Parameter
    /// β.
    public let bias: Parameter
    /// The mean for use after training.
    public let runningMean: Parameter
    /// The unbiased variance for use after training.
    public let runningVariance: Parameter
    /// Added to the variance before its square root.
    public static let epsilon = 1e-5

    init(_ name: String, channels: Int) {
      func parameter(_ suffix: String, _ value: Float, isStatistic: Bool = false) -> Parameter {
        Parameter(
          "\(name).\(suffix)", [channels], initial: .constant(value), isStatistic: isStatistic)
      }
      self.name = name
      weight = parameter("weight", 1)
      bias = parameter("bias", 0)
      runningMean = parameter("running_mean", 0, isStatistic: true)
      runningVariance = parameter("running_var", 1, isStatistic: true)
    }

    /// In PyTorch's order.
    public var all: [Parameter] { [weight, bias, runningMean, runningVariance] }
  }
}
