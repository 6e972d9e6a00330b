import NeuralNetworks

extension Architecture {
  /// ResNet-18 (He et al., 2015, table 1), as `torchvision.models.resnet18`.
  public static let resnet18 = Architecture(
    name: "resnet18", title: "ResNet18", publishedFile: "resnet18-f37072fd.pth"
  ) { ResNet(block: .basic, layers: [2, 2, 2, 2], classes: $0) }

  /// ResNet-34, as `torchvision.models.resnet34`.
  public static let resnet34 = Architecture(
    name: "resnet34", title: "ResNet34", publishedFile: "resnet34-b627a593.pth"
  ) { ResNet(block: .basic, layers: [3, 4, 6, 3], classes: $0) }

  /// ResNet-50 v1.5 (He et al., 2015, table 1; the stride lies in the 3×3 convolution), as
  /// `torchvision.models.resnet50`.
  public static let resnet50 = Architecture(
    name: "resnet50", title: "ResNet50", publishedFile: "resnet50-0676ba61.pth"
  ) { ResNet(block: .bottleneck(), layers: [3, 4, 6, 3], classes: $0) }

  /// ResNet-101, as `torchvision.models.resnet101`.
  public static let resnet101 = Architecture(
    name: "resnet101", title: "ResNet101", publishedFile: "resnet101-63fe2227.pth"
  ) { ResNet(block: .bottleneck(), layers: [3, 4, 23, 3], classes: $0) }

  /// ResNet-152, as `torchvision.models.resnet152`.
  public static let resnet152 = Architecture(
    name: "resnet152", title: "ResNet152", publishedFile: "resnet152-394f9c45.pth"
  ) { ResNet(block: .bottleneck(), layers: [3, 8, 36, 3], classes: $0) }

  /// Wide ResNet-50-2 (Zagoruyko and Komodakis, 2016), as `torchvision.models.wide_resnet50_2`.
  public static let wide_resnet50_2 = Architecture(
    name: "wide_resnet50_2", title: "Wide ResNet50-2",
    publishedFile: "wide_resnet50_2-95faca4d.pth"
  ) { ResNet(block: .bottleneck(factor: 2), layers: [3, 4, 6, 3], classes: $0) }

  /// Wide ResNet-101-2, as `torchvision.models.wide_resnet101_2`.
  public static let wide_resnet101_2 = Architecture(
    name: "wide_resnet101_2", title: "Wide ResNet101-2",
    publishedFile: "wide_resnet101_2-32ee1156.pth"
  ) { ResNet(block: .bottleneck(factor: 2), layers: [3, 4, 23, 3], classes: $0) }

  /// ResNeXt-50 32×4d (Xie et al., 2017, table 1), as `torchvision.models.resnext50_32x4d`.
  public static let resnext50_32x4d = Architecture(
    name: "resnext50_32x4d", title: "ResNeXt50 32x4d",
    publishedFile: "resnext50_32x4d-7cdf4587.pth"
  ) { ResNet(block: .bottleneck(factor: 2, groups: 32), layers: [3, 4, 6, 3], classes: $0) }

  /// ResNeXt-101 32×8d, as `torchvision.models.resnext101_32x8d`.
  public static let resnext101_32x8d = Architecture(
    name: "resnext101_32x8d", title: "ResNeXt101 32x8d",
    publishedFile: "resnext101_32x8d-8ba56ff5.pth"
  ) { ResNet(block: .bottleneck(factor: 4, groups: 32), layers: [3, 4, 23, 3], classes: $0) }

  /// ResNeXt-101 64×4d, as `torchvision.models.resnext101_64x4d`.
  public static let resnext101_64x4d = Architecture(
    name: "resnext101_64x4d", title: "ResNeXt101 64x4d",
    publishedFile: "resnext101_64x4d-173b62eb.pth"
  ) { ResNet(block: .bottleneck(factor: 4, groups: 64), layers: [3, 4, 23, 3], classes: $0) }
}

/// Normalised images `[N, 224, 224, 3]` → logits `[N, 1, 1, classes]`.
private struct ResNet: Network {
  let block: ResidualBlock
  /// Blocks of each of the four layers.
  let layers: [Int]
  let classes: Int

  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value {
    var x = try Conv2d("conv1", out: 64, kernel: 7, stride: 2, padding: 3, bias: false)(
      images, on: c)
    x = try BatchNorm2d("bn1")(x, relu: true, on: c)
    x = try c.maxPool(x, Pooling(size: 3, stride: 2, padding: 1))
    for (layer, blocks) in layers.enumerated() {
      for place in 0..<blocks {
        x = try block(
          "layer\(layer + 1).\(place)", x, width: 64 << layer,
          stride: place == 0 && layer > 0 ? 2 : 1, on: c)
      }
    }
    x = try c.averagePool(x, toHeight: 1, width: 1)
    return try Linear("fc", out: classes)(c.flatten(x), on: c)
  }
}

/// Convolutions with batch norm, added to their input (He et al., 2015, figure 5).
private enum ResidualBlock {
  /// 3×3 → 3×3.
  case basic
  /// 1×1 → 3×3 → 1×1, the last four times as wide as a ResNet's first two; those may be wider, and the 3×3 in
  /// groups.
  case bottleneck(factor: Int = 1, groups: Int = 1)

  private typealias Convolution = (kernel: Int, out: Int, stride: Int, groups: Int)

  private func convolutions(width: Int, stride: Int) -> [Convolution] {
    switch self {
    case .basic: [(3, width, stride, 1), (3, width, 1, 1)]
    case .bottleneck(let factor, let groups):
      [(1, factor * width, 1, 1), (3, factor * width, stride, groups), (1, 4 * width, 1, 1)]
    }
  }

  /// relu(branch(x) + x), with a 1×1 projection of x where the branch changes its shape.
  func callAsFunction<C: Computation>(
    _ name: String, _ x: C.Value, width: Int, stride: Int, on c: C
  ) throws -> C.Value {
    func layer(
      _ convolution: String, _ norm: String, _ x: C.Value, _ size: Convolution, relu: Bool
    ) throws -> C.Value {
      let y = try Conv2d(
        "\(name).\(convolution)", out: size.out, kernel: size.kernel, stride: size.stride,
        padding: size.kernel / 2, groups: size.groups, bias: false)(x, on: c)
      return try BatchNorm2d("\(name).\(norm)")(y, relu: relu, on: c)
    }
    let branch = convolutions(width: width, stride: stride)
    var y = x
    for (place, size) in zip(1..., branch) {
      y = try layer("conv\(place)", "bn\(place)", y, size, relu: place < branch.count)
    }
    let out = try c.shape(of: y)
    guard try c.shape(of: x) != out else { return try c.add(y, x, relu: true) }
    let shortcut = try layer(
      "downsample.0", "downsample.1", x, (1, out.channels, stride, 1), relu: false)
    return try c.add(y, shortcut, relu: true)
  }
}
