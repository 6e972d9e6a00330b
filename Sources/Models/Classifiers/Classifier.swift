import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// A pre-trained classifier, ready to run; never fine-tuned (paper, section 4.1).
public final class Classifier: Sendable {
  /// What it is.
  public let architecture: Architecture
  private let network: InferenceNetwork

  /// Loads an architecture's weights from an HDF5 file.
  ///
  /// - Parameters:
  ///   - architecture: `nil` takes the one that the file's tensors fit.
  /// - Throws: `UserError` naming the file when it cannot be read, fits no model or another one,
  ///   or holds NaN; or when the engine cannot compute in the precision.
  public convenience init(
    weightsAt path: String, architecture: Architecture? = nil, engine: any ConvolutionEngine,
    precision: Precision = .float32, context: ComputeContext
  ) throws {
    let weights = try StateDict.load(path)
    guard let architecture = architecture ?? Architecture.matching(weights.shapes) else {
      throw UserError(
        "\(path): fits none of \(Architecture.all.map(\.name).joined(separator: ", "))",
        remedy: "name the model with --model to see what differs")
    }
    try self.init(
      weights, file: path, architecture: architecture, engine: engine, precision: precision,
      context: context)
  }

  /// - Parameter file: what to call the weights in errors.
  /// - Throws: As `init(weightsAt:)`.
  public init(
    _ weights: StateDict, file: String, architecture: Architecture,
    engine: any ConvolutionEngine, precision: Precision = .float32, context: ComputeContext
  ) throws {
    self.architecture = architecture
    let checked = try CheckedWeights(weights, for: architecture, file: file)
    network = try InferenceNetwork(
      try architecture.makeGraph(checked), engine: engine, precision: precision, context: context)
  }

  /// Logits `[N, 1000]` of normalised images `[N, 224, 224, 3]`.
  ///
  /// - Throws: `UserError` when the shape is another or the engine fails.
  public func logits(_ images: Tensor) throws -> Tensor {
    let output = try network(images)
    guard let logits = output.reshaped([images.shape[0], Architecture.classCount]) else {
      throw UserError("\(architecture.name) takes images [N, 224, 224, 3], not \(images.shape)")
    }
    return logits
  }
}
