import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// A classifier of the paper's tables, as torchvision defines it. A model is added by one file that
/// makes an `Architecture` and one line in `all`.
public struct Architecture: Sendable {
  /// torchvision's name, e.g. `squeezenet1_1`.
  public let name: String
  /// The name in the paper's tables, e.g. `SqueezeNet 1.1`.
  public let title: String
  /// torchvision's file of the weights that the paper used (`IMAGENET1K_V1`).
  public let publishedFile: String
  /// Every tensor of the `state_dict`, except `num_batches_tracked`.
  public let parameters: [Parameter]
  /// The graph from normalised images `[N, 224, 224, 3]` to logits `[N, 1, 1, 1000]`, batch norm
  /// folded into the convolutions.
  let makeGraph: @Sendable (CheckedWeights) throws -> InferenceGraph

  /// The height and width of the images that all of them take.
  static let inputSize = (height: 224, width: 224)

  /// Classes of ImageNet-1k.
  public static let classCount = 1000

  /// The models that the program knows, in the order of Table 1.
  public static let all: [Architecture] = [.resnet50, .vgg11, .squeezenet1_1]

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
  ///   misshapen tensor, or the one that holds NaN or infinity.
  public func check(_ weights: StateDict, file: String) throws {
    _ = try CheckedWeights(weights, for: self, file: file)
  }

  /// The model whose tensors are exactly these names and shapes, or `nil`.
  public static func matching(_ shapes: [String: [Int]]) -> Architecture? {
    all.first { architecture in
      architecture.parameters.count == shapes.count
        && architecture.parameters.allSatisfy { shapes[$0.name] == $0.shape }
    }
  }
}
