import Models
import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// A running mean of parameters over steps, which is steadier than the last ones: m ← d m + (1 − d) p.
///
/// The decay starts small, min(d, (1 + t) / (10 + t)), so that the first steps of a
/// phase are soon forgotten.
struct RunningAverage {
  private var values: [String: Tensor]
  private var names: [String]
  private let decay: Float
  private var updates = 0

  init(_ set: ParameterSet, decay: Float) {
    names = set.parameters.map(\.name)
    values = Dictionary(uniqueKeysWithValues: set.parameters.map { ($0.name, $0.value) })
    self.decay = decay
  }

  /// A phase starts: stages that learn from here on soon forget their initial values.
  mutating func restart() { updates = 0 }

  mutating func update(_ set: ParameterSet) {
    updates += 1
    let decay = min(decay, Float(1 + updates) / Float(10 + updates))
    for parameter in set.parameters where !parameter.isFrozen {
      values[parameter.name]?.withUnsafeMutableBufferPointer { mean in
        parameter.value.withUnsafeBufferPointer { current in
          for index in 0..<mean.count {
            mean[index] = decay * mean[index] + (1 - decay) * current[index]
          }
        }
      }
    }
  }

  /// Puts the means in place of the parameters, and returns these.
  func exchange(_ set: ParameterSet) -> [Tensor] {
    let current = set.parameters.map(\.value)
    for parameter in set.parameters {
      if let mean = values[parameter.name] { parameter.value = mean }
    }
    return current
  }

  /// Undoes `exchange`.
  func giveBack(_ current: [Tensor], _ set: ParameterSet) {
    for (parameter, value) in zip(set.parameters, current) { parameter.value = value }
  }

  /// For a checkpoint: the means, and how often they were updated.
  var state: StateDict {
    var state = StateDict()
    for name in names { state[name] = values[name] }
    state["updates"] = Tensor([Float(updates)])
    return state
  }

  /// - Throws: `UserError` when a mean is missing or misshapen.
  mutating func load(_ state: StateDict, file: String) throws {
    for name in names {
      guard let value = state[name], value.shape == values[name]?.shape else {
        throw UserError("\(file): the running mean of \(name) is missing or misshapen")
      }
      values[name] = value
    }
    guard let count = state["updates"], count.count == 1 else {
      throw UserError("\(file): the count of updates of the running means is missing")
    }
    updates = Int(count[0])
  }
}
