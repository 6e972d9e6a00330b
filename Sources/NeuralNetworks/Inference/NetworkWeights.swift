import Support
import Tensors

/// The values of a network's parameters.
public struct NetworkWeights {
  /// What they are called in errors, e.g. their file.
  public let name: String
  private let lookup: (String) -> Tensor?

  /// - Parameter lookup: a parameter's value by its name.
  public init(_ name: String, _ lookup: @escaping (String) -> Tensor?) {
    self.name = name
    self.lookup = lookup
  }

  /// - Throws: `UserError` when it is missing or has another shape.
  package subscript(parameter: Parameter) -> Tensor {
    get throws {
      guard let value = lookup(parameter.name) else {
        throw UserError("\(name): \(parameter.name) is missing")
      }
      guard value.shape == parameter.shape else {
        throw UserError("\(name): \(parameter.name) is \(value.shape), not \(parameter.shape)")
      }
      return value
    }
  }
}
