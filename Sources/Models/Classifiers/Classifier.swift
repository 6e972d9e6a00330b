import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// A pre-trained classifier, ready to run; never fine-tuned (paper, section 4.1).
public final class Classifier: Sendable {
  /// What it is, with as many classes as its weights have.
  public let architecture: Architecture
  private let network: InferenceNetwork

  /// Loads an architecture's weights from an HDF5 file.
  ///
  /// - Parameters:
  ///   - architecture: `nil` takes the one that the file's tensors fit.
  /// - Throws: `UserError` naming the file when it cannot be read, fits no model or another one,
  ///   or holds NaN; or when the back end cannot compute in the precision.
  public convenience init(
    weightsAt path: String, architecture: Architecture? = nil, backend: any Backend,
    precision: Precision = .float32, context: ComputeContext
  ) throws {
    let weights = try StateDict.load(path)
    guard let architecture = architecture ?? Architecture.matching(weights.shapes) else {
      throw Architecture.misfit(
        weights, file: path,
        remedy: "`realitygap import` removes wrappers' prefixes from the names")
    }
    try self.init(
      consume weights, file: path, architecture: architecture, backend: backend,
      precision: precision, context: context)
  }

  /// - Parameters:
  ///   - weights: where nobody else has them, each tensor is let go of once it is packed.
  ///   - file: what to call the weights in errors.
  /// - Throws: As `init(weightsAt:)`.
  public init(
    _ weights: consuming StateDict, file: String, architecture: Architecture,
    backend: any Backend, precision: Precision = .float32, context: ComputeContext
  ) throws {
    let architecture = architecture.fitted(to: weights.shapes)
    self.architecture = architecture
    try architecture.check(weights, file: file)
    let (graph, logits) = try architecture.makeGraph()
    network = try InferenceNetwork(
      graph, outputs: [logits], weights: NetworkWeights(file, handedOver: weights.values()),
      backend: backend, precision: precision, context: context)
  }

  /// Logits `[N, classes]` of normalised images `[N, 224, 224, 3]`.
  ///
  /// - Throws: `UserError` when the shape is another or the back end fails.
  public func logits(_ images: Tensor) throws -> Tensor {
    try logits(ofParts: [images])[0]
  }

  /// More images in a call of the network hardly make it faster, but take memory.
  private static let imagesTogether = 64

  /// Logits `[N_i, classes]` of several tensors `[N_i, 224, 224, 3]`, the same bits as one after the other,
  /// and faster where products allow it: weights that are too heavy for the processor's caches come from
  /// memory once for all.
  ///
  /// - Throws: `UserError` when a shape is another or the back end fails.
  public func logits(ofParts parts: [Tensor]) throws -> [Tensor] {
    // Which cells are computed with others depends on what is stored already: no bit may.
    guard BLAS.rowsAreIndependent else { return try parts.flatMap { try logits(together: [$0]) } }
    var all: [Tensor] = []
    while all.count < parts.count {
      var together = [parts[all.count]]
      var count = together[0].shape.first ?? 0
      for part in parts[(all.count + 1)...] {
        count += part.shape.first ?? 0
        guard count <= Self.imagesTogether else { break }
        together.append(part)
      }
      all += try logits(together: together)
    }
    return all
  }

  /// As `InferenceNetwork.sharedBytes`.
  public func sharedBytes(images: Int) throws -> Int { try network.sharedBytes(images: images) }

  private func logits(together parts: [Tensor]) throws -> [Tensor] {
    let output = try network(parts: parts)[0]
    let count = parts.reduce(0) { $0 + $1.shape[0] }
    guard let logits = output.reshaped([count, architecture.classes]) else {
      throw UserError("\(architecture.name) takes images [N, 224, 224, 3], not \(parts[0].shape)")
    }
    if parts.count == 1 { return [logits] }
    var first = 0
    return logits.withUnsafeBufferPointer { values in
      parts.map { part in
        let rows = part.shape[0]
        defer { first += rows }
        return Tensor([rows, architecture.classes]) { memory in
          _ = memory.update(
            fromContentsOf: values[
              first * architecture.classes..<(first + rows) * architecture.classes])
        }
      }
    }
  }
}
