import NeuralNetworks

extension Architecture {
  /// ResNet-18 (He et al., 2015, table 1), as `torchvision.models.resnet18`.
  public static let resnet18 = Architecture(
    name: "resnet18", title: "ResNet18", publishedFile: "resnet18-f37072fd.pth", ResNet18())
}

/// Normalised images `[N, 224, 224, 3]` → logits `[N, 1, 1, 1000]`.
private struct ResNet18: Network {
  /// The channels of each of the four layers of two blocks.
  private let widths = [64, 128, 256, 512]

  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value {
    var x = try Conv2d("conv1", out: 64, kernel: 7, stride: 2, padding: 3, bias: false)(
      images, on: c)
    x = try BatchNorm2d("bn1")(x, relu: true, on: c)
    x = try c.maxPool(x, Pooling(size: 3, stride: 2, padding: 1))
    for (layer, width) in widths.enumerated() {
      for block in 0..<2 {
        x = try BasicBlock(
          name: "layer\(layer + 1).\(block)", width: width, halves: block == 0 && layer > 0)(
            x, on: c)
      }
    }
    x = try c.averagePool(x, toHeight: 1, width: 1)
    return try Linear("fc", out: Architecture.classCount)(c.flatten(x), on: c)
  }
}

/// One residual block: 3×3 → 3×3, added to its input or to a 1×1 projection of it.
private struct BasicBlock {
  let name: String
  let width: Int
  /// Whether the first convolution halves the image, so that the input is projected.
  let halves: Bool

  func callAsFunction<C: Computation>(_ x: C.Value, on c: C) throws -> C.Value {
    func layer(
      _ name: String, _ norm: String, _ x: C.Value, kernel: Int = 3, stride: Int = 1, relu: Bool
    ) throws -> C.Value {
      let y = try Conv2d(
        "\(self.name).\(name)", out: width, kernel: kernel, stride: stride, padding: kernel / 2,
        bias: false)(x, on: c)
      return try BatchNorm2d("\(self.name).\(norm)")(y, relu: relu, on: c)
    }
    let stride = halves ? 2 : 1
    var y = try layer("conv1", "bn1", x, stride: stride, relu: true)
    y = try layer("conv2", "bn2", y, relu: false)
    let shortcut =
      halves
      ? try layer("downsample.0", "downsample.1", x, kernel: 1, stride: stride, relu: false) : x
    return try c.add(y, shortcut, relu: true)
  }
}
