import NeuralNetworks

extension Architecture {
  /// VGG configuration A without batch norm (Simonyan and Zisserman, 2014), as
  /// `torchvision.models.vgg11`.
  public static let vgg11 = Architecture(
    name: "vgg11", title: "VGG11", publishedFile: "vgg11-8a719046.pth",
    parameters: VGG11.convolutions.flatMap {
      Parameter.convolution($0.name, out: $0.out, in: $0.in, kernel: 3, bias: true)
    }
      + Parameter.linear("classifier.0", out: 4096, in: 512 * 7 * 7)
      + Parameter.linear("classifier.3", out: 4096, in: 4096)
      + Parameter.linear("classifier.6", out: classCount, in: 4096)
  ) { weights in
    let graph = InferenceGraph(inputChannels: 3, usualSize: Architecture.inputSize)
    var x = graph.input
    for convolution in VGG11.convolutions {
      x = graph.convolution(
        x, weights: try weights["\(convolution.name).weight"],
        bias: try weights["\(convolution.name).bias"], padding: 1, relu: true)
      if convolution.pooled { x = graph.maxPool(x, size: 2, stride: 2) }
    }
    x = graph.averagePool(x, toHeight: 7, width: 7)
    x = graph.linear(
      x, weights: try weights["classifier.0.weight"], bias: try weights["classifier.0.bias"],
      relu: true, flattenedFrom: 7 * 7)
    x = graph.linear(
      x, weights: try weights["classifier.3.weight"], bias: try weights["classifier.3.bias"],
      relu: true)
    _ = graph.linear(
      x, weights: try weights["classifier.6.weight"], bias: try weights["classifier.6.bias"],
      relu: false)
    return graph
  }
}

private enum VGG11 {
  struct Layer {
    let name: String
    let `in`: Int
    let out: Int
    let pooled: Bool
  }

  /// The numbers are places in `torch.nn.Sequential`, where ReLU and pooling count too.
  static let convolutions: [Layer] = [
    Layer(name: "features.0", in: 3, out: 64, pooled: true),
    Layer(name: "features.3", in: 64, out: 128, pooled: true),
    Layer(name: "features.6", in: 128, out: 256, pooled: false),
    Layer(name: "features.8", in: 256, out: 256, pooled: true),
    Layer(name: "features.11", in: 256, out: 512, pooled: false),
    Layer(name: "features.13", in: 512, out: 512, pooled: true),
    Layer(name: "features.16", in: 512, out: 512, pooled: false),
    Layer(name: "features.18", in: 512, out: 512, pooled: true),
  ]
}
