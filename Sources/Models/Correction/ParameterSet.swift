import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// The trainable parameters and batch-norm statistics of a network, under PyTorch's names, and the
/// way new ones are made: as `torch.nn` initialises them, from addressed random numbers.
public final class ParameterSet {
  /// In the order in which layers were added.
  public private(set) var parameters: [TrainableParameter] = []
  /// By the name of their batch norm.
  public private(set) var statistics: [(name: String, values: BatchNormStatistics)] = []
  private let seed: UInt64

  /// - Parameter seed: of the initial values.
  public init(seed: UInt64) { self.seed = seed }

  /// A parameter drawn from U(−bound, bound); a bound of 0 gives zeros.
  func uniform(_ name: String, _ shape: [Int], bound: Double) -> TrainableParameter {
    var stream = RandomStream(seed: seed, purpose: "initialisation", item: name)
    return add(
      name,
      Tensor(shape) { memory in
        for index in 0..<memory.count { memory[index] = Float(stream.uniform(in: -bound...bound)) }
      })
  }

  /// A parameter of one value everywhere.
  func constant(_ name: String, _ count: Int, _ value: Float) -> TrainableParameter {
    add(name, Tensor([Float](repeating: value, count: count)))
  }

  func addStatistics(_ name: String, channels: Int) -> BatchNormStatistics {
    let values = BatchNormStatistics(channels: channels)
    statistics.append((name, values))
    return values
  }

  private func add(_ name: String, _ value: Tensor) -> TrainableParameter {
    let parameter = TrainableParameter(name, value)
    parameters.append(parameter)
    return parameter
  }

  /// All values by name, as PyTorch's `state_dict()`.
  public var state: StateDict {
    var dict = StateDict()
    for parameter in parameters { dict[parameter.name] = parameter.value }
    for (name, values) in statistics {
      dict["\(name).running_mean"] = values.mean
      dict["\(name).running_var"] = values.variance
    }
    return dict
  }

  /// Takes over the values of another set's parameters and statistics whose names begin with `prefix`.
  ///
  /// Shapes must agree; the sets are of networks with one configuration.
  func copy(from other: ParameterSet, prefix: String) {
    let values = Dictionary(uniqueKeysWithValues: other.parameters.map { ($0.name, $0.value) })
    for parameter in parameters where parameter.name.hasPrefix(prefix) {
      if let value = values[parameter.name] { parameter.value = value }
    }
    let others = Dictionary(uniqueKeysWithValues: other.statistics.map { ($0.name, $0.values) })
    for (name, own) in statistics where name.hasPrefix(prefix) {
      guard let values = others[name] else { continue }
      own.mean = values.mean
      own.variance = values.variance
    }
  }

  /// Takes over saved values.
  ///
  /// - Parameter file: what to call them in errors.
  /// - Throws: `UserError` naming a tensor that is missing, of another shape or not finite.
  public func load(_ state: StateDict, file: String) throws {
    func value(_ name: String, _ shape: [Int]) throws -> Tensor {
      guard let tensor = state[name] else { throw UserError("\(file): \(name) is missing") }
      guard tensor.shape == shape else {
        throw UserError("\(file): \(name) is \(tensor.shape), not \(shape)")
      }
      guard tensor.firstNonFinite == nil else {
        throw UserError("\(file): \(name) holds NaN or infinity")
      }
      return tensor
    }
    for parameter in parameters {
      parameter.value = try value(parameter.name, parameter.value.shape)
    }
    for (name, values) in statistics {
      values.mean = try value("\(name).running_mean", values.mean.shape)
      values.variance = try value("\(name).running_var", values.variance.shape)
    }
  }
}
