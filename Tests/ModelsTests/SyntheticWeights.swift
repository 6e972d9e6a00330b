import Models
import Tensors
import WeightFiles

/// The weights and images of Scripts/goldens/models.py, computed instead of stored.
enum Synthetic {
  /// SplitMix64 of FNV-1a(name) + index, in [-1, 1).
  static func noise(_ name: String, shape: [Int], _ map: (Float) -> Float) -> Tensor {
    var key: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { key = (key ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Tensor(shape) { memory in
      for index in 0..<memory.count {
        var z = (UInt64(index) &+ key) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        memory[index] = map(Float(z >> 40) * 0x1p-23 - 1)
      }
    }
  }

  static func weights(_ architecture: Architecture) -> StateDict {
    var dict = StateDict()
    for parameter in architecture.parameters {
      let (name, shape) = (parameter.name, parameter.shape)
      if name.hasSuffix("running_var") {
        dict[name] = noise(name, shape: shape) { 1 + 0.5 * $0 }
      } else if shape.count > 1 {
        let scale = Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
        dict[name] = noise(name, shape: shape) { $0 * scale }
      } else if name.hasSuffix("weight") {
        dict[name] = noise(name, shape: shape) { 0.5 + 0.1 * $0 }
      } else {
        dict[name] = noise(name, shape: shape) { 0.1 * $0 }
      }
    }
    return dict
  }

  static func images() -> Tensor {
    let fine = noise("fine", shape: [2, 224, 224, 3]) { $0 }.elements
    let coarse = noise("coarse", shape: [2, 14, 14, 3]) { $0 }.elements
    return Tensor([2, 224, 224, 3]) { memory in
      for index in 0..<memory.count {
        let (pixel, channel) = (index / 3, index % 3)
        let (image, y, x) = (pixel / 50176, pixel / 224 % 224, pixel % 224)
        let block = ((image * 14 + y / 16) * 14 + x / 16) * 3 + channel
        memory[index] = coarse[block] * 2 + fine[index] * 0.25
      }
    }
  }
}
