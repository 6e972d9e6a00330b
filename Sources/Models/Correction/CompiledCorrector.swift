import Imaging
import NeuralNetworks
import Support
import Tensors

/// G ready for use: weights packed, memory planned, nothing recorded. Its parameters are those that
/// the corrector had when this was made.
///
/// One network from x to ŷ. Where θ is known, refined by the sampling lattice or applied to photos, it
/// is two, with the sampling between them.
public final class CompiledCorrector: Sendable {
  /// What can be asked for.
  public enum Part: Hashable, Sendable, CaseIterable {
    /// θ, vectors of 6 or 8.
    case theta
    /// x_s before the crop, `[N, 256, 256, 3]`.
    case transformed
    /// x_s, `[N, 224, 224, 3]`.
    case cropped
    /// What a stage after the transformer gave, `[N, 224, 224, 3]`.
    case after(CorrectorConfiguration.Stage)
    /// ŷ, `[N, 224, 224, 3]`.
    case corrected

    /// In the order in which they are computed.
    public static var allCases: [Part] {
      [.theta, .transformed, .cropped]
        + CorrectorConfiguration.Stage.allCases.filter { $0 != .stn }.map(Part.after)
        + [.corrected]
    }
  }

  private let wanted: [Part]
  private let sampling: Sampling
  private let refines: Bool
  private let photoFilter: ResamplingFilter?
  private let context: ComputeContext
  private let route: Route

  /// The networks.
  private enum Route: Sendable {
    /// x → parts; nothing where the network has no such part.
    case whole(InferenceNetwork, [Part])
    /// x → θ (`nil` where θ is always known), then x_s beside x → parts.
    case split(theta: InferenceNetwork?, rest: InferenceNetwork, [Part])
  }

  /// - Parameters:
  ///   - wanted: the parts that calls give.
  ///   - active: the stages that are applied; the others pass their input on.
  ///   - sampling: a sampler in place of the configuration's.
  ///   - refines: whether θ is refined where the configuration says so.
  ///   - knowsTheta: whether calls tell the true θ.
  ///   - precision: of the U-Net; where θ and colours are estimated and applied, all is float32.
  /// - Throws: `UserError` when the back end cannot compute an operation or a variance is negative.
  public init(
    _ corrector: Corrector, wanted: Set<Part> = [.corrected],
    active: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases),
    sampling: Sampling? = nil, refines: Bool = true, knowsTheta: Bool = false,
    backend: any Backend, precision: Precision = .float32, context: ComputeContext
  ) throws {
    let configuration = corrector.configuration
    let network = CorrectorNetwork(configuration)
    let hasTransformer = active.contains(.stn) && network.transformer != nil
    self.wanted = Part.allCases.filter(wanted.contains)
    self.sampling = sampling ?? configuration.stn.sampling
    // A sampler that was asked for reads at the predicted θ.
    self.refines =
      refines && sampling == nil && hasTransformer
      && configuration.stn.refinement == .lattice
    photoFilter = sampling == nil && hasTransformer ? configuration.stn.photoFilter : nil
    self.context = context
    let weights = NetworkWeights("the corrector", corrector.parameters.value)
    func compiled(
      _ graph: InferenceGraph, _ outputs: [InferenceGraph.Value]
    ) throws -> InferenceNetwork {
      try InferenceNetwork(
        graph, outputs: outputs, weights: weights, backend: backend, precision: precision,
        context: context)
    }
    guard hasTransformer, self.refines || knowsTheta || photoFilter != nil else {
      let (graph, values) = try network.makeGraph(active: active, sampling: sampling)
      let parts = self.wanted.filter { values[$0] != nil }
      route = .whole(try compiled(graph, parts.compactMap { values[$0] }), parts)
      return
    }
    let theta = try knowsTheta ? nil : network.makeThetaGraph().map { try compiled($0, [$1]) }
    let (graph, values) = try network.makeGraphAfterTransformer(active: active)
    let parts = self.wanted.filter { $0 != .theta && $0 != .transformed }
    // x_s alone is a network, too.
    let outputs = parts.isEmpty ? [values.cropped] : parts.compactMap { values[$0] }
    route = .split(theta: theta, rest: try compiled(graph, outputs), parts)
  }

  /// The wanted parts for x `[N, 256, 256, 3]`; θ is missing where there is no transformer.
  ///
  /// - Parameters:
  ///   - photos: for each image what x is a view of, or `nil`; empty where there are none.
  ///   - theta: `[N, 2, 3]` or, of homographies, `[N, 8]`, where it is known.
  /// - Throws: `UserError` when the shape does not fit, θ is not given as announced, or the back end
  ///   fails.
  public func callAsFunction(
    _ x: Tensor, photos: [PhotoView.Source?] = [], theta known: Tensor? = nil
  ) throws -> [Part: Tensor] {
    try Corrector.checkShape(x.shape)
    switch route {
    case .whole(let network, let parts):
      guard known == nil else { throw UserError("this corrector predicts θ itself") }
      return Dictionary(uniqueKeysWithValues: zip(parts, try network(x)))
    case .split(let predictor, let rest, let parts):
      let theta: Tensor
      if let known {
        theta = try Corrector.vector(known)
      } else if let predictor {
        theta = try predictor(x)[0]
      } else {
        throw UserError("this corrector has to be told θ")
      }
      let (refined, sampled) =
        refines && Lattice.fits(x.shape)
        ? try context.exclusively {
          try Lattice.read(
            x, theta: theta, isExact: known != nil, sampling: sampling, context: context)
        }
        : (theta, try sampling.apply(to: x, theta: theta, context: context))
      let image =
        photoFilter.map {
          PhotoSampler(filter: $0, pool: context.pool)(photos, theta: refined, instead: sampled)
        } ?? sampled
      var values: [Part: Tensor] = [.theta: refined, .transformed: image]
      for (part, value) in zip(parts, try rest(Self.beside(image, x))) { values[part] = value }
      return values.filter { wanted.contains($0.key) }
    }
  }

  /// ŷ `[N, 224, 224, 3]` of x `[N, 256, 256, 3]`.
  ///
  /// - Parameters: As those of `callAsFunction`.
  /// - Throws: As `callAsFunction`.
  public func correct(
    _ x: Tensor, photos: [PhotoView.Source?] = [], theta: Tensor? = nil
  ) throws -> Tensor {
    guard let corrected = try self(x, photos: photos, theta: theta)[.corrected] else {
      throw UserError("this corrector was not made for ŷ")
    }
    return corrected
  }

  /// As `InferenceNetwork.sharedBytes`, of all its networks.
  public func sharedBytes(images: Int) throws -> Int {
    switch route {
    case .whole(let network, _): try network.sharedBytes(images: images)
    case .split(let theta, let rest, _):
      try (theta.map { try $0.sharedBytes(images: images) } ?? 0)
        + rest.sharedBytes(images: images)
    }
  }

  /// Both images' channels, `[N, H, W, 6]`.
  private static func beside(_ first: Tensor, _ second: Tensor) -> Tensor {
    let shape = first.shape
    return Tensor([shape[0], shape[1], shape[2], 6]) { memory in
      first.withUnsafeBufferPointer { a in
        second.withUnsafeBufferPointer { b in
          for pixel in 0..<a.count / 3 {
            for channel in 0..<3 {
              memory[6 * pixel + channel] = a[3 * pixel + channel]
              memory[6 * pixel + 3 + channel] = b[3 * pixel + channel]
            }
          }
        }
      }
    }
  }
}
