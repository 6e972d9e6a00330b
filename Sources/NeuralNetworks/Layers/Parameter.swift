/// A tensor that a network needs: its name in PyTorch's `state_dict`, its shape, and how `torch.nn`
/// initialises it.
public struct Parameter: Hashable, Sendable {
  /// E.g. `layer1.0.conv1.weight`.
  public let name: String
  /// In PyTorch's axis order.
  public let shape: [Int]
  /// Its value before any training.
  public let initial: Initial
  /// Whether it is a running statistic of a batch norm: part of the state, but nothing that an
  /// optimiser changes (a "buffer" in PyTorch).
  public let isStatistic: Bool

  /// How a parameter starts.
  public enum Initial: Hashable, Sendable {
    /// Drawn from U(−bound, bound).
    case uniform(bound: Double)
    /// One value everywhere.
    case constant(Float)
  }

  /// A declaration; values come from a file or from `initial`.
  public init(_ name: String, _ shape: [Int], initial: Initial, isStatistic: Bool = false) {
    self.name = name
    self.shape = shape
    self.initial = initial
    self.isStatistic = isStatistic
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
}
