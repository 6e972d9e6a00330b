import NeuralNetworks

extension Architecture {
  /// VGG configuration A without batch norm (Simonyan and Zisserman, 2014, table 1), as
  /// `torchvision.models.vgg11`.
  public static let vgg11 = Architecture(
    name: "vgg11", title: "VGG11", publishedFile: "vgg11-8a719046.pth", VGG11())
}

/// Normalised images `[N, 224, 224, 3]` → logits `[N, 1, 1, 1000]`.
private struct VGG11: Network {
  /// 3×3 convolutions between poolings by their place in `torch.nn.Sequential`, where ReLU and
  /// pooling count too, and their channels.
  private let stages = [
    [(place: 0, out: 64)], [(3, 128)], [(6, 256), (8, 256)], [(11, 512), (13, 512)],
    [(16, 512), (18, 512)],
  ]

  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value {
    var x = images
    for stage in stages {
      for (place, out) in stage {
        x = try Conv2d("features.\(place)", out: out, kernel: 3, padding: 1)(x, relu: true, on: c)
      }
      x = try c.maxPool(x, Pooling(size: 2, stride: 2))
    }
    x = try c.flatten(try c.averagePool(x, toHeight: 7, width: 7))
    x = try Linear("classifier.0", out: 4096)(x, relu: true, on: c)
    x = try Linear("classifier.3", out: 4096)(x, relu: true, on: c)
    return try Linear("classifier.6", out: Architecture.classCount)(x, on: c)
  }
}
