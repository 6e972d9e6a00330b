import NeuralNetworks

extension Architecture {
  /// SqueezeNet 1.0 (Iandola et al., 2016), as `torchvision.models.squeezenet1_0`.
  public static let squeezenet1_0 = Architecture(
    name: "squeezenet1_0", title: "SqueezeNet 1.0", publishedFile: "squeezenet1_0-b66bff10.pth"
  ) {
    SqueezeNet(
      kernel: 7, out: 96,
      stages: [
        [(3, 16, 64), (4, 16, 64), (5, 32, 128)],
        [(7, 32, 128), (8, 48, 192), (9, 48, 192), (10, 64, 256)],
        [(12, 64, 256)],
      ], classes: $0)
  }

  /// SqueezeNet 1.1 (the authors' later release), as `torchvision.models.squeezenet1_1`.
  public static let squeezenet1_1 = Architecture(
    name: "squeezenet1_1", title: "SqueezeNet 1.1", publishedFile: "squeezenet1_1-b8a52dc0.pth"
  ) {
    SqueezeNet(
      kernel: 3, out: 64,
      stages: [
        [(3, 16, 64), (4, 16, 64)],
        [(6, 32, 128), (7, 32, 128)],
        [(9, 48, 192), (10, 48, 192), (11, 64, 256), (12, 64, 256)],
      ], classes: $0)
  }
}

/// Normalised images `[N, 224, 224, 3]` → logits `[N, 1, 1, classes]`.
private struct SqueezeNet: Network {
  /// Side of the first convolution's kernel.
  let kernel: Int
  /// Its channels.
  let out: Int
  /// Fire modules between poolings by their place in `torch.nn.Sequential`, with the channels that
  /// they squeeze to and expand to (twice).
  let stages: [[(place: Int, squeeze: Int, expand: Int)]]
  let classes: Int

  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value {
    var x = try Conv2d("features.0", out: out, kernel: kernel, stride: 2)(
      images, relu: true, on: c)
    for stage in stages {
      x = try c.maxPool(x, Pooling(size: 3, stride: 2, ceilMode: true))
      for (place, squeeze, expand) in stage {
        x = try fire("features.\(place)", x, squeeze: squeeze, expand: expand, on: c)
      }
    }
    x = try Conv2d("classifier.1", out: classes, kernel: 1)(x, relu: true, on: c)
    return try c.averagePool(x, toHeight: 1, width: 1)
  }

  /// Squeeze by 1×1, expand by 1×1 and 3×3 side by side.
  private func fire<C: Computation>(
    _ name: String, _ x: C.Value, squeeze: Int, expand: Int, on c: C
  ) throws -> C.Value {
    let squeezed = try Conv2d("\(name).squeeze", out: squeeze, kernel: 1)(x, relu: true, on: c)
    return try c.concatenate([
      Conv2d("\(name).expand1x1", out: expand, kernel: 1)(squeezed, relu: true, on: c),
      Conv2d("\(name).expand3x3", out: expand, kernel: 3, padding: 1)(squeezed, relu: true, on: c),
    ])
  }
}
