import NeuralNetworks

extension Architecture {
  /// ResNet-50 v1.5 (He et al., 2015, table 1; the stride lies in the 3×3 convolution), as
  /// `torchvision.models.resnet50`.
  public static let resnet50 = Architecture(
    name: "resnet50", title: "ResNet50", publishedFile: "resnet50-0676ba61.pth", ResNet50())
}

/// Normalised images `[N, 224, 224, 3]` → logits `[N, 1, 1, 1000]`.
private struct ResNet50: Network {
  /// Blocks of each of the four layers and the channels of their 3×3 convolutions.
  private let layers = [(blocks: 3, width: 64), (4, 128), (6, 256), (3, 512)]

  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value {
    var x = try Conv2d("conv1", out: 64, kernel: 7, stride: 2, padding: 3, bias: false)(
      images, on: c)
    x = try BatchNorm2d("bn1")(x, relu: true, on: c)
    x = try c.maxPool(x, Pooling(size: 3, stride: 2, padding: 1))
    for (layer, (blocks, width)) in layers.enumerated() {
      for block in 0..<blocks {
        x = try Bottleneck(
          name: "layer\(layer + 1).\(block)", width: width,
          stride: block == 0 && layer > 0 ? 2 : 1, projects: block == 0)(x, on: c)
      }
    }
    x = try c.averagePool(x, toHeight: 1, width: 1)
    return try Linear("fc", out: Architecture.classCount)(c.flatten(x), on: c)
  }
}

/// One residual block: 1×1 → 3×3 → 1×1, added to its input or to a 1×1 projection of it.
private struct Bottleneck {
  let name: String
  let width: Int
  let stride: Int
  /// Whether the shape changes, so that the input is projected.
  let projects: Bool

  func callAsFunction<C: Computation>(_ x: C.Value, on c: C) throws -> C.Value {
    func layer(
      _ name: String, _ norm: String, _ x: C.Value, out: Int, kernel: Int = 1, stride: Int = 1,
      relu: Bool
    ) throws -> C.Value {
      let y = try Conv2d(
        "\(self.name).\(name)", out: out, kernel: kernel, stride: stride, padding: kernel / 2,
        bias: false)(x, on: c)
      return try BatchNorm2d("\(self.name).\(norm)")(y, relu: relu, on: c)
    }
    var y = try layer("conv1", "bn1", x, out: width, relu: true)
    y = try layer("conv2", "bn2", y, out: width, kernel: 3, stride: stride, relu: true)
    y = try layer("conv3", "bn3", y, out: 4 * width, relu: false)
    let shortcut =
      projects
      ? try layer("downsample.0", "downsample.1", x, out: 4 * width, stride: stride, relu: false)
      : x
    return try c.add(y, shortcut, relu: true)
  }
}
