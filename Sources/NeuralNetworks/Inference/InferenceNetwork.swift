import Support
import Tensors

/// A graph made ready by a back end: operations fused, weights packed, memory planned per input shape.
///
/// A network runs in two stretches. In the first, where activations are large and weights small,
/// each thread takes one image at a time through all layers, so that activations stay in the
/// processor's caches. In the second each layer takes the whole batch, so that its weights are read
/// once. `InferenceProgram.bestCut` says where the second begins.
public final class InferenceNetwork: Sendable {
  private let runner: InferenceRunner
  /// Where each output is among the runner's.
  private let places: [Int]

  /// - Parameters:
  ///   - outputs: the values that are wanted, in this order.
  ///   - weights: of all parameters of the graph.
  ///   - precision: of the parts that the graph leaves it open for (`InferenceGraph.autocast`).
  /// - Throws: `UserError` when a parameter is missing or the back end cannot compute an operation.
  public init(
    _ graph: InferenceGraph, outputs: [InferenceGraph.Value], weights: NetworkWeights,
    backend: any Backend, precision: Precision = .float32, context: ComputeContext
  ) throws {
    guard !outputs.isEmpty else { throw UserError("a network without outputs") }
    let packing = Packing(weights: weights, backend: backend)
    // A value that is asked for twice is computed once.
    var distinct: [InferenceGraph.Value] = []
    for output in outputs where !distinct.contains(output) { distinct.append(output) }
    places = outputs.compactMap(distinct.firstIndex)
    runner = try InferenceRunner(
      graph, outputs: distinct, precision: precision, packing, context: context)
  }

  /// The outputs for images `[N, H, W, C]`, each `[N, H', W', C']`.
  ///
  /// - Throws: `UserError` when the shape does not fit or the back end fails.
  public func callAsFunction(_ images: Tensor) throws -> [Tensor] { try run([images]) }

  /// The outputs for all images of several tensors `[N_i, H, W, C]`, in their order:
  /// `[Σ N_i, H', W', C']`, as if they were one tensor, without copying them into one.
  ///
  /// - Throws: `UserError` when the shapes differ or do not fit, or the back end fails.
  public func callAsFunction(parts: [Tensor]) throws -> [Tensor] { try run(parts) }

  /// Bytes that a batch of images of the usual size moves through what all cores share, the last cache or memory, at
  /// most: weights once for each pass of the stretch by whole batches, this stretch's activations, the images.
  ///
  /// - Throws: `UserError` when the batch does not fit.
  public func sharedBytes(images: Int) throws -> Int { try runner.sharedBytes(images: images) }

  private func run(_ images: [Tensor]) throws -> [Tensor] {
    let values = try runner.run(images)
    return places.map { values[$0] }
  }
}
