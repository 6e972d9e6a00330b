import Support
import Tensors

/// The values of a network's parameters: those that an optimiser changes and the running statistics of
/// batch norms, under PyTorch's names.
public final class ParameterSet {
  /// In the order in which the network declares them.
  public let parameters: [TrainableParameter]
  private let byName: [String: TrainableParameter]
  /// By the name of their batch norm, in that order.
  public let statistics: [(name: String, values: BatchNormStatistics)]

  /// Fresh values, as `torch.nn` initialises them, from addressed random numbers.
  ///
  /// - Parameters:
  ///   - declared: e.g. `InferenceGraph.parameters`.
  ///   - seed: with a parameter's name, what its values are drawn from.
  public init(_ declared: [Parameter], seed: UInt64) {
    parameters = declared.filter { !$0.isStatistic }.map {
      TrainableParameter($0.name, $0.initialValue(seed: seed))
    }
    statistics = declared.compactMap { parameter in
      let suffix = ".running_mean"
      guard parameter.isStatistic, parameter.name.hasSuffix(suffix) else { return nil }
      return (
        String(parameter.name.dropLast(suffix.count)),
        BatchNormStatistics(channels: parameter.count)
      )
    }
    byName = Dictionary(parameters.map { ($0.name, $0) }) { first, _ in first }
  }

  /// - Throws: `UserError` for a parameter that the network did not declare.
  func trainable(_ parameter: Parameter) throws -> TrainableParameter {
    guard let found = byName[parameter.name] else {
      throw UserError("the network has no parameter \(parameter.name)")
    }
    return found
  }

  /// - Throws: `UserError` for a batch norm that the network did not declare.
  func statistics(of norm: BatchNorm2d.Parameters) throws -> BatchNormStatistics {
    guard let found = statistics.first(where: { $0.name == norm.name }) else {
      throw UserError("the network has no batch norm \(norm.name)")
    }
    return found.values
  }

  /// The current value of a parameter or statistic, or `nil` when there is none of its name.
  public func value(named name: String) -> Tensor? {
    byName[name]?.value ?? values.first { $0.name == name }?.value
  }

  private static var suffixes: [(String, ReferenceWritableKeyPath<BatchNormStatistics, Tensor>)] {
    [(".running_mean", \.mean), (".running_var", \.variance)]
  }

  /// Every value by its name, parameters first.
  public var values: [(name: String, value: Tensor)] {
    parameters.map { ($0.name, $0.value) }
      + statistics.flatMap { name, values in
        Self.suffixes.map { ("\(name)\($0)", values[keyPath: $1]) }
      }
  }

  /// Sets every parameter and statistic whose name begins with `prefix` to what `value` gives for its
  /// name and its shape.
  public func update(
    prefix: String = "", _ value: (_ name: String, _ shape: [Int]) throws -> Tensor
  ) rethrows {
    for parameter in parameters where parameter.name.hasPrefix(prefix) {
      parameter.value = try value(parameter.name, parameter.value.shape)
    }
    for (name, values) in statistics where name.hasPrefix(prefix) {
      for (suffix, path) in Self.suffixes {
        values[keyPath: path] = try value("\(name)\(suffix)", values[keyPath: path].shape)
      }
    }
  }
}

extension Parameter {
  /// The value that it starts with, drawn from an address of its own.
  func initialValue(seed: UInt64) -> Tensor {
    switch initial {
    case .constant(let value): return Tensor(shape) { $0.update(repeating: value) }
    case .uniform(let bound):
      var stream = RandomStream(seed: seed, purpose: "initialisation", item: name)
      return Tensor(shape) { memory in
        for index in 0..<memory.count {
          memory[index] = Float(stream.uniform(in: -bound...bound))
        }
      }
    }
  }
}
