import Models
import NeuralNetworks
import Support
import Tensors
import Tracking

/// A classifier of the Models layer with the hash of its file.
public struct LoadedClassifier: ImageClassifier {
  private let classifier: Classifier
  public let weightsDigest: String

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
  /// - Throws: `UserError` when its file cannot be read.
  public init(_ classifier: Classifier, path: String) throws {
    self.classifier = classifier
    weightsDigest = try FileDigest.sha256(path: path)
  }

  /// A classifier whose weights are in no file.
  ///
  /// - Parameter digest: stands for the file's SHA-256.
  public init(_ classifier: Classifier, digest: String) {
    self.classifier = classifier
    weightsDigest = digest
  }

  public func logits(_ batch: Tensor) throws -> Tensor { try classifier.logits(batch) }

  public func logits(ofParts batches: [Tensor]) throws -> [Tensor] {
    try classifier.logits(ofParts: batches)
  }
}
