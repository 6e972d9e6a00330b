import NeuralNetworks
import Support
import Tensors
import WeightFiles

extension ParameterSet {
  /// All values by name, as PyTorch's `state_dict()`.
  public var state: StateDict {
    var dict = StateDict()
    for (name, value) in values { dict[name] = value }
    return dict
  }

  /// Takes over the values of another set's parameters and statistics whose names begin with `prefix`;
  /// the sets are of networks with one configuration.
  func copy(from other: ParameterSet, prefix: String) throws {
    try update(prefix: prefix) { name, shape in
      guard let value = other.value(named: name), value.shape == shape else {
        throw UserError("\(name) is not a tensor of \(shape) in the other network")
      }
      return value
    }
  }

  /// Takes over saved values.
  ///
  /// - Parameter file: what to call them in errors.
  /// - Throws: `UserError` naming a tensor that is missing, of another shape or not finite.
  public func load(_ state: StateDict, file: String) throws {
    try update { name, shape in
      guard let tensor = state[name] else { throw UserError("\(file): \(name) is missing") }
      guard tensor.shape == shape else {
        throw UserError("\(file): \(name) is \(tensor.shape), not \(shape)")
      }
      guard tensor.firstNonFinite == nil else {
        throw UserError("\(file): \(name) holds NaN or infinity")
      }
      return tensor
    }
  }
}
