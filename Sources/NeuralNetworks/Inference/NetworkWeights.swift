import Support
import Tensors

/// The values of a network's parameters.
public struct NetworkWeights {
  /// What they are called in errors, e.g. their file.
  public let name: String
  private let lookup: (String) -> Tensor?
  private let letGo: (String) -> Void

  /// - Parameter lookup: a parameter's value by its name.
  public init(_ name: String, _ lookup: @escaping (String) -> Tensor?) {
    self.name = name
    self.lookup = lookup
    letGo = { _ in }
  }

  /// Values that are of no use but for one network: each is let go of once that has packed it, so that loading
  /// does not take the memory of all weights twice.
  public init(_ name: String, handedOver values: consuming [String: Tensor]) {
    self.name = name
    let remaining = Remaining(values)
    lookup = { remaining.values[$0] }
    letGo = { remaining.values[$0] = nil }
  }

  private final class Remaining {
    var values: [String: Tensor]

    init(_ values: consuming [String: Tensor]) { self.values = values }
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

  /// Says that no operation needs these any more.
  func release(_ parameters: some Sequence<String>) { parameters.forEach(letGo) }
}
