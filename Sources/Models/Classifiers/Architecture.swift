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
  /// How many classes it tells apart; those that are published ImageNet's 1,000.
  public let classes: Int
  /// From normalised images `[N, 224, 224, 3]` to logits `[N, 1, 1, classes]`, for any number of classes.
  private let network: @Sendable (_ classes: Int) -> any Network
  /// Every tensor of the `state_dict`, except `num_batches_tracked`.
  public let parameters: [Parameter]

  /// The images that all of them take.
  static let input = FeatureShape(
    height: ImageSide.canonical, width: ImageSide.canonical, channels: 3)

  /// - Parameters:
  ///   - name: torchvision's.
  ///   - title: the name in tables.
  ///   - publishedFile: torchvision's file of the weights.
  ///   - classes: that it tells apart.
  ///   - network: images `[N, 224, 224, 3]` to logits `[N, 1, 1, classes]`.
  init(
    name: String, title: String, publishedFile: String, classes: Int = Self.imageNetClasses,
    _ network: @escaping @Sendable (_ classes: Int) -> any Network
  ) {
    self.name = name
    self.title = title
    self.publishedFile = publishedFile
    self.classes = classes
    self.network = network
    do {
      parameters = try Self.graph(of: network(classes)).graph.parameters
    } catch {
      // Not a user's: a topology whose shapes do not fit never passes the tests.
      preconditionFailure("\(name): \(error)")
    }
  }

  /// The network written down, and its logits.
  func makeGraph() throws -> (graph: InferenceGraph, logits: InferenceGraph.Value) {
    try Self.graph(of: network(classes))
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
  private static let imageNetClasses = 1000
  /// The most classes that a network can have, as `ClassList` has it.
  static let mostClasses = 1_000_000

  /// The same network with as many classes as weights have; this one where they do not say.
  ///
  /// - Parameter shapes: of the weights, by name.
  func fitted(to shapes: [String: [Int]]) -> Architecture {
    // The last parameter is the bias of the layer that makes logits.
    guard let last = parameters.last, let count = shapes[last.name]?.first, count != classes,
      (1...Self.mostClasses).contains(count)
    else { return self }
    return Architecture(
      name: name, title: title, publishedFile: publishedFile, classes: count, network)
  }

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

  /// Checks that weights are complete for this model, with its number of classes.
  ///
  /// - Throws: One `UserError` that calls the weights `file` and names every missing, extra or
  ///   misshapen tensor (the first few, and how many more), or the one that holds NaN or infinity.
  public func check(_ weights: StateDict, file: String) throws {
    if let differences = WeightMismatch(weights, fitted(to: weights.shapes)).text {
      let fitting = Architecture.matching(weights.shapes).map { "it fits \($0.name)" }
      throw UserError(
        "\(file): not the weights of \(name): \(differences)",
        remedy: fitting ?? "realitygap inspect lists what is in it")
    }
    for tensorName in weights.names {
      if let tensor = weights[tensorName], let at = tensor.firstNonFinite {
        throw UserError(
          "\(file): \(tensorName) holds \(tensor[at]) at element \(at)",
          remedy: "the weights are damaged; export them again")
      }
    }
  }

  /// The model whose tensors are exactly these names and shapes, with whatever number of classes; or `nil`.
  public static func matching(_ shapes: [String: [Int]]) -> Architecture? {
    all.lazy.filter { $0.parameters.count == shapes.count }.map { $0.fitted(to: shapes) }.first {
      $0.parameters.allSatisfy { shapes[$0.name] == $0.shape }
    }
  }
}
