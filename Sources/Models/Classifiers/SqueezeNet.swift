import NeuralNetworks

extension Architecture {
  /// SqueezeNet 1.1 (Iandola et al., 2016, and the authors' later release), as
  /// `torchvision.models.squeezenet1_1`.
  public static let squeezenet1_1 = Architecture(
    name: "squeezenet1_1", title: "SqueezeNet 1.1", publishedFile: "squeezenet1_1-b8a52dc0.pth",
    parameters: Parameter.convolution("features.0", out: 64, in: 3, kernel: 3, bias: true)
      + Fire.all.flatMap(\.parameters)
      + Parameter.convolution("classifier.1", out: classCount, in: 512, kernel: 1, bias: true)
  ) { weights in
    let graph = InferenceGraph(inputChannels: 3, usualSize: Architecture.inputSize)
    var x = graph.convolution(
      graph.input, weights: try weights["features.0.weight"],
      bias: try weights["features.0.bias"], stride: 2, relu: true)
    for fire in Fire.all {
      if fire.pooledBefore { x = graph.maxPool(x, size: 3, stride: 2, ceilMode: true) }
      x = try fire.append(to: graph, x, weights)
    }
    x = graph.convolution(
      x, weights: try weights["classifier.1.weight"], bias: try weights["classifier.1.bias"],
      relu: true)
    _ = graph.averagePool(x, toHeight: 1, width: 1)
    return graph
  }
}

/// Squeeze by 1×1, expand by 1×1 and 3×3 side by side.
private struct Fire {
  let name: String
  let inChannels: Int
  let squeeze: Int
  let expand: Int
  let pooledBefore: Bool

  static let all: [Fire] = [
    Fire(name: "features.3", inChannels: 64, squeeze: 16, expand: 64, pooledBefore: true),
    Fire(name: "features.4", inChannels: 128, squeeze: 16, expand: 64, pooledBefore: false),
    Fire(name: "features.6", inChannels: 128, squeeze: 32, expand: 128, pooledBefore: true),
    Fire(name: "features.7", inChannels: 256, squeeze: 32, expand: 128, pooledBefore: false),
    Fire(name: "features.9", inChannels: 256, squeeze: 48, expand: 192, pooledBefore: true),
    Fire(name: "features.10", inChannels: 384, squeeze: 48, expand: 192, pooledBefore: false),
    Fire(name: "features.11", inChannels: 384, squeeze: 64, expand: 256, pooledBefore: false),
    Fire(name: "features.12", inChannels: 512, squeeze: 64, expand: 256, pooledBefore: false),
  ]

  var parameters: [Parameter] {
    Parameter.convolution("\(name).squeeze", out: squeeze, in: inChannels, kernel: 1, bias: true)
      + Parameter.convolution("\(name).expand1x1", out: expand, in: squeeze, kernel: 1, bias: true)
      + Parameter.convolution("\(name).expand3x3", out: expand, in: squeeze, kernel: 3, bias: true)
  }

  func append(
    to graph: InferenceGraph, _ x: InferenceGraph.Value, _ weights: CheckedWeights
  ) throws -> InferenceGraph.Value {
    func convolution(_ x: InferenceGraph.Value, _ part: String) throws -> InferenceGraph.Value {
      graph.convolution(
        x, weights: try weights["\(name).\(part).weight"],
        bias: try weights["\(name).\(part).bias"],
        padding: part == "expand3x3" ? 1 : 0, relu: true)
    }
    let squeezed = try convolution(x, "squeeze")
    return graph.concatenation([
      try convolution(squeezed, "expand1x1"), try convolution(squeezed, "expand3x3"),
    ])
  }
}
