import Foundation
import Models
import NeuralNetworks
import Tensors
import Training

/// The weights and images of Scripts/goldens/training.py, computed instead of stored.
enum TwinWeights {
  /// Fills a network and returns its parameters' values by name.
  static func load(into set: ParameterSet) -> [String: [Float]] {
    var values: [String: [Float]] = [:]
    for parameter in set.parameters {
      let shape = parameter.value.shape
      values[parameter.name] = self.values(parameter.name, shape)
      parameter.value = filled(shape, self.values(parameter.name, shape))
    }
    for (name, statistics) in set.statistics {
      let shape = statistics.mean.shape
      statistics.mean = filled(shape, self.values("\(name).running_mean", shape))
      statistics.variance = filled(shape, self.values("\(name).running_var", shape))
    }
    return values
  }

  /// `tensor` of the script.
  private static func values(_ name: String, _ shape: [Int]) -> [Float] {
    let noise = hashNoise(name, shape.reduce(1, *))
    if name.hasSuffix("running_var") { return noise.map { 1 + 0.5 * $0 } }
    if shape.count > 1 {
      let scale = Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
      let damping: Float = name == "layers.10.weight" ? 0.03125 : 1
      return noise.map { $0 * scale * damping }
    }
    if name.hasSuffix("weight") { return noise.map { (0.5 + 0.1 * $0) * 0.5 } }
    return noise.map { 0.1 * $0 + (name.hasSuffix("bias") ? 0.5 : 0) }
  }

  private static func filled(_ shape: [Int], _ values: [Float]) -> Tensor {
    Tensor(shape) { memory in for index in values.indices { memory[index] = values[index] } }
  }

  /// `inputs` of the script.
  static func batch(_ step: Int) -> TrainingBatch {
    let (y, other) = (image("y\(step)"), image("x\(step)"))
    let shape = [2, 256, 256, 3]
    let theta = hashNoise("theta\(step)", 12).enumerated().map { index, value in
      value * 0.1 + (index % 6 % 4 == 0 ? 1 : 0)
    }
    return TrainingBatch(
      canonical: filled(shape, y),
      distorted: filled(shape, zip(y, other).map { 0.75 * $0 + 0.5 * $1 }),
      theta: filled([2, 2, 3], theta))
  }

  /// Offset and plane waves, `[2, 256, 256, 3]`.
  private static func image(_ name: String) -> [Float] {
    let u = hashNoise(name, 2 * 3 * 5 * 4).map(Double.init)
    var pixels = [Float](repeating: 0, count: 2 * 256 * 256 * 3)
    for plane in 0..<6 {
      let numbers = u[plane * 20..<plane * 20 + 20].map { $0 }
      for y in 0..<256 {
        for x in 0..<256 {
          var value = numbers[16]
          for wave in 0..<4 {
            let k = 4 * wave
            let turns =
              4 * numbers[k] * Double(x) / 256 + 4 * numbers[k + 1] * Double(y) / 256
              + numbers[k + 2]
            value += 0.6 * numbers[k + 3] * sin(2 * .pi * turns)
          }
          pixels[((plane / 3 * 256 + y) * 256 + x) * 3 + plane % 3] = Float(value)
        }
      }
    }
    return pixels
  }
}
