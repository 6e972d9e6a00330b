import NeuralNetworks
import Tensors
import WeightFiles

extension Architecture {
  /// Random weights, for benchmarks and tests: filters uniform with He's variance
  /// 2 / fan-in, batch norms near the identity. The same seed gives the same weights.
  public func randomWeights(seed: UInt64) -> StateDict {
    var weights = StateDict()
    for parameter in parameters {
      var stream = RandomStream(seed: seed, purpose: "weights", item: parameter.name)
      let (center, width) = Self.range(of: parameter)
      weights[parameter.name] = Tensor(parameter.shape) { memory in
        for index in 0..<memory.count {
          memory[index] = center + width * (Float(stream.next32() >> 8) * 0x1p-23 - 1)
        }
      }
    }
    return weights
  }

  private static func range(of parameter: Parameter) -> (Float, Float) {
    if parameter.name.hasSuffix("running_var") { return (1, 0.5) }
    if parameter.shape.count > 1 {
      let inputs = Float(parameter.shape.dropFirst().reduce(1, *))
      return (0, (6 / inputs).squareRoot())
    }
    // γ of a batch norm, or a bias.
    return parameter.name.hasSuffix("weight") ? (0.5, 0.1) : (0, 0.1)
  }
}
