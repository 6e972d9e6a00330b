/// A tensor that an architecture needs: its name in torchvision's `state_dict` and its shape.
public struct Parameter: Hashable, Sendable {
  public let name: String
  public let shape: [Int]

  /// `name.weight` and `name.bias` of a convolution.
  static func convolution(
    _ name: String, out: Int, in channels: Int, kernel: Int, bias: Bool
  ) -> [Parameter] {
    let weight = Parameter(name: "\(name).weight", shape: [out, channels, kernel, kernel])
    return bias ? [weight, Parameter(name: "\(name).bias", shape: [out])] : [weight]
  }

  /// The four tensors of `torch.nn.BatchNorm2d` that inference needs.
  static func batchNorm(_ name: String, _ channels: Int) -> [Parameter] {
    ["weight", "bias", "running_mean", "running_var"].map {
      Parameter(name: "\(name).\($0)", shape: [channels])
    }
  }

  /// `name.weight` `[out, in]` and `name.bias`.
  static func linear(_ name: String, out: Int, in inputs: Int) -> [Parameter] {
    [
      Parameter(name: "\(name).weight", shape: [out, inputs]),
      Parameter(name: "\(name).bias", shape: [out]),
    ]
  }
}
