import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// A classifier as torchvision defines it. A model is added by one file that makes an `Architecture` and
/// one line in `all`.
public struct Architecture: Sendable {
  /// torchvision's name, e.g. `squeezenet1_1`.
  public let name: String
  /// The name in tables, e.g. `SqueezeNet 1.1`.
  public let title: String
  /// torchvision's file of the weights `IMAGENET1K_V1`, which the paper used.
  public let publishedFile: String
  /// From normalised images `[N, 224, 224, 3]` to logits `[N, 1, 1, 1000]`.
  let network: any Network
  /// Every tensor of the `state_dict`, except `num_batches_tracked`.
  public let parameters: [Parameter]

  /// The images that all of them take.
  static let input = FeatureShape(
    height: ImageSide.canonical, width: ImageSide.canonical, channels: 3)

  /// - Parameters:
  ///   - name: torchvision's.
  ///   - title: the name in tables.
  ///   - publishedFile: torchvision's file of the weights.
  ///   - network: images `[N, 224, 224, 3]` to logits `[N, 1, 1, 1000]`.
  init(name: String, title: String, publishedFile: String, _ network: any Network) {
    self.name = name
    self.title = title
    self.publishedFile = publishedFile
    self.network = network
    do {
      parameters = try Self.graph(of: network).graph.parameters
    } catch {
      // Not a user's: a topology whose shapes do not fit never passes the tests.
      preconditionFailure("\(name): \(error)")
    }
  }

  /// The network written down, and its logits.
  func makeGraph() throws -> (graph: InferenceGraph, logits: InferenceGraph.Value) {
    try Self.graph(of: network)
  }

  /// The network from images to logits, written down.
  package func recorded() throws -> RecordedNetwork {
    let (graph, logits) = try makeGraph()
    return graph.recorded(logits)
  }

  private static func graph(
    of network: any Network
  ) throws -> (graph: InferenceGraph, logits: InferenceGraph.Value) {
    let graph = InferenceGraph(input)
    return (graph, try graph.autocast(graph.input) { try network($0, on: graph) })
  }

  /// Classes of ImageNet-1k.
  public static let classCount = 1000

  /// The models of the paper's tables, in their order.
  public static let paper: [Architecture] = [.resnet50, .vgg11, .squeezenet1_1]

  /// The models that the program knows.
  public static let all =
    paper + [
      .resnet18, .resnet34, .resnet101, .resnet152, .wide_resnet50_2, .wide_resnet101_2,
      .resnext50_32x4d, .resnext101_32x8d, .resnext101_64x4d, .vgg11_bn, .vgg13, .vgg13_bn, .vgg16,
      .vgg16_bn, .vgg19, .vgg19_bn, .squeezenet1_0,
    ]

  /// The model of a name.
  ///
  /// - Throws: `UserError` that lists the known names.
  public static func named(_ name: String) throws -> Architecture {
    guard let found = all.first(where: { $0.name == name }) else {
      throw UserError(
        "unknown model \(name)", remedy: Suggestion.remedy(for: name, among: all.map(\.name)))
    }
    return found
  }

  /// Checks that weights are complete for this model.
  ///
  /// - Throws: One `UserError` that calls the weights `file` and names every missing, extra or
  ///   misshapen tensor (the first few, and how many more), or the one that holds NaN or infinity.
  public func check(_ weights: StateDict, file: String) throws {
    let mismatch = WeightMismatch(weights, self)
    if let differences = mismatch.text {
      let fitting = Architecture.matching(weights.shapes).map { "it fits \($0.name)" }
      throw UserError(
        "\(file): not the weights of \(name): \(differences)",
        remedy: fitting ?? mismatch.classCountHint ?? "realitygap inspect lists what is in it")
    }
    for tensorName in weights.names {
      if let tensor = weights[tensorName], let at = tensor.firstNonFinite {
        throw UserError(
          "\(file): \(tensorName) holds \(tensor[at]) at element \(at)",
          remedy: "the weights are damaged; export them again")
      }
    }
  }

  /// The model whose tensors are exactly these names and shapes, or `nil`.
  public static func matching(_ shapes: [String: [Int]]) -> Architecture? {
    all.first { architecture in
      architecture.parameters.count == shapes.count
        && architecture.parameters.allSatisfy { shapes[$0.name] == $0.shape }
    }
  }
}
