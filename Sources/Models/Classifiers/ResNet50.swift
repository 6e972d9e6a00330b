import NeuralNetworks

extension Architecture {
  /// ResNet-50 v1.5 (He et al., 2015; the stride lies in the 3×3 convolution), as
  /// `torchvision.models.resnet50`.
  public static let resnet50 = Architecture(
    name: "resnet50", title: "ResNet50", publishedFile: "resnet50-0676ba61.pth",
    parameters: Parameter.convolution("conv1", out: 64, in: 3, kernel: 7, bias: false)
      + Parameter.batchNorm("bn1", 64)
      + Bottleneck.all.flatMap(\.parameters)
      + Parameter.linear("fc", out: classCount, in: 2048)
  ) { weights in
    let graph = InferenceGraph(inputChannels: 3, usualSize: Architecture.inputSize)
    let stem = try weights.foldingBatchNorm("conv1", "bn1")
    var x = graph.convolution(
      graph.input, weights: stem.weights, bias: stem.bias, stride: 2, padding: 3, relu: true)
    x = graph.maxPool(x, size: 3, stride: 2, padding: 1)
    for block in Bottleneck.all { x = try block.append(to: graph, x, weights) }
    x = graph.averagePool(x, toHeight: 1, width: 1)
    _ = graph.linear(
      x, weights: try weights["fc.weight"], bias: try weights["fc.bias"], relu: false)
    return graph
  }
}

/// One residual block: 1×1 → 3×3 → 1×1, added to its input or to a 1×1 projection of it.
private struct Bottleneck {
  let name: String
  let inChannels: Int
  let width: Int
  let stride: Int

  var outChannels: Int { 4 * width }
  /// The first block of each layer changes the shape.
  var projects: Bool { name.hasSuffix(".0") }

  static let all: [Bottleneck] = {
    var blocks: [Bottleneck] = []
    var channels = 64
    for (layer, (count, width)) in [(3, 64), (4, 128), (6, 256), (3, 512)].enumerated() {
      for index in 0..<count {
        blocks.append(
          Bottleneck(
            name: "layer\(layer + 1).\(index)", inChannels: channels, width: width,
            stride: index == 0 && layer > 0 ? 2 : 1))
        channels = 4 * width
      }
    }
    return blocks
  }()

  var parameters: [Parameter] {
    let shapes = [(inChannels, width, 1), (width, width, 3), (width, outChannels, 1)]
    var list: [Parameter] = []
    for (index, (channels, out, kernel)) in shapes.enumerated() {
      list += Parameter.convolution(
        "\(name).conv\(index + 1)", out: out, in: channels, kernel: kernel, bias: false)
      list += Parameter.batchNorm("\(name).bn\(index + 1)", out)
    }
    guard projects else { return list }
    return list
      + Parameter.convolution(
        "\(name).downsample.0", out: outChannels, in: inChannels, kernel: 1, bias: false)
      + Parameter.batchNorm("\(name).downsample.1", outChannels)
  }

  func append(
    to graph: InferenceGraph, _ x: InferenceGraph.Value, _ weights: CheckedWeights
  ) throws -> InferenceGraph.Value {
    let first = try weights.foldingBatchNorm("\(name).conv1", "\(name).bn1")
    let second = try weights.foldingBatchNorm("\(name).conv2", "\(name).bn2")
    let third = try weights.foldingBatchNorm("\(name).conv3", "\(name).bn3")
    var shortcut = x
    if projects {
      let projection = try weights.foldingBatchNorm("\(name).downsample.0", "\(name).downsample.1")
      shortcut = graph.convolution(
        x, weights: projection.weights, bias: projection.bias, stride: stride, relu: false)
    }
    var y = graph.convolution(x, weights: first.weights, bias: first.bias, relu: true)
    y = graph.convolution(
      y, weights: second.weights, bias: second.bias, stride: stride, padding: 1, relu: true)
    return graph.convolution(
      y, weights: third.weights, bias: third.bias, relu: true, adding: shortcut)
  }
}
