import Models
import NeuralNetworks
import Support
import Tensors
import Tracking

/// A classifier of the Models layer with the hash of its file.
public struct LoadedClassifier: ImageClassifier {
  private let classifier: Classifier
  /// SHA-256 of the weights' file.
  public let weightsDigest: String

  /// The architecture's name, e.g. `resnet50`.
  public var name: String { classifier.architecture.name }

  /// - Throws: `UserError` naming the file, see `Classifier.init(weightsAt:)`.
  public init(
    _ weights: WeightsRecord, backend: any Backend, precision: Precision,
    context: ComputeContext
  ) throws {
    weightsDigest = try FileDigest.sha256(path: weights.path)
    classifier = try Classifier(
      weightsAt: weights.path, architecture: try Architecture.named(weights.architecture),
      backend: backend, precision: precision, context: context)
  }

  /// A classifier that is loaded already.
  ///
  /// - Parameter digest: the file's SHA-256, or what stands for it where there is no file.
  public init(_ classifier: Classifier, digest: String) {
    self.classifier = classifier
    weightsDigest = digest
  }

  /// Logits `[N, classes]` of a batch `[N, 224, 224, 3]`, normalised.
  public func logits(_ batch: Tensor) throws -> Tensor { try classifier.logits(batch) }

  /// The same for several batches, whose weights are read from memory once.
  public func logits(ofParts batches: [Tensor]) throws -> [Tensor] {
    try classifier.logits(ofParts: batches)
  }
}
