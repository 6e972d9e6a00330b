import NeuralNetworks

extension Architecture {
  /// VGG configuration A (Simonyan and Zisserman, 2014, table 1), as `torchvision.models.vgg11`.
  public static let vgg11 = vgg("vgg11", "VGG11", "8a719046", [1, 1, 2, 2, 2])
  /// The same with batch norm, `torchvision.models.vgg11_bn`.
  public static let vgg11_bn = vgg("vgg11_bn", "VGG11 BN", "6002323d", [1, 1, 2, 2, 2])
  /// Configuration B, `torchvision.models.vgg13`.
  public static let vgg13 = vgg("vgg13", "VGG13", "19584684", [2, 2, 2, 2, 2])
  /// The same with batch norm, `torchvision.models.vgg13_bn`.
  public static let vgg13_bn = vgg("vgg13_bn", "VGG13 BN", "abd245e5", [2, 2, 2, 2, 2])
  /// Configuration D, `torchvision.models.vgg16`.
  public static let vgg16 = vgg("vgg16", "VGG16", "397923af", [2, 2, 3, 3, 3])
  /// The same with batch norm, `torchvision.models.vgg16_bn`.
  public static let vgg16_bn = vgg("vgg16_bn", "VGG16 BN", "6c64b313", [2, 2, 3, 3, 3])
  /// Configuration E, `torchvision.models.vgg19`.
  public static let vgg19 = vgg("vgg19", "VGG19", "dcbb9e9d", [2, 2, 4, 4, 4])
  /// The same with batch norm, `torchvision.models.vgg19_bn`.
  public static let vgg19_bn = vgg("vgg19_bn", "VGG19 BN", "c79401a0", [2, 2, 4, 4, 4])

  /// - Parameters:
  ///   - name: one that ends in `_bn` has batch norms.
  ///   - hash: of torchvision's file.
  ///   - convolutions: between poolings.
  private static func vgg(
    _ name: String, _ title: String, _ hash: String, _ convolutions: [Int]
  ) -> Architecture {
    Architecture(
      name: name, title: title, publishedFile: "\(name)-\(hash).pth"
    ) { VGG(convolutions: convolutions, isNormalized: name.hasSuffix("_bn"), classes: $0) }
  }
}

/// Normalised images `[N, 224, 224, 3]` → logits `[N, 1, 1, classes]`.
private struct VGG: Network {
  /// 3×3 convolutions between poolings.
  let convolutions: [Int]
  /// Whether a batch norm follows each of them.
  let isNormalized: Bool
  let classes: Int
  /// Their channels.
  private let widths = [64, 128, 256, 512, 512]

  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value {
    var x = images
    // In `torch.nn.Sequential`, where batch norm, ReLU and pooling count too.
    var place = 0
    for (count, out) in zip(convolutions, widths) {
      for _ in 0..<count {
        x = try convolution(place, x, out: out, on: c)
        place += isNormalized ? 3 : 2
      }
      x = try c.maxPool(x, Pooling(size: 2, stride: 2))
      place += 1
    }
    x = try c.flatten(try c.averagePool(x, toHeight: 7, width: 7))
    x = try Linear("classifier.0", out: 4096)(x, relu: true, on: c)
    x = try Linear("classifier.3", out: 4096)(x, relu: true, on: c)
    return try Linear("classifier.6", out: classes)(x, on: c)
  }

  private func convolution<C: Computation>(
    _ place: Int, _ x: C.Value, out: Int, on c: C
  ) throws -> C.Value {
    let layer = Conv2d("features.\(place)", out: out, kernel: 3, padding: 1)
    guard isNormalized else { return try layer(x, relu: true, on: c) }
    return try BatchNorm2d("features.\(place + 1)")(layer(x, on: c), relu: true, on: c)
  }
}
