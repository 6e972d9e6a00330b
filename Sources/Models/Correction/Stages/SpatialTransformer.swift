import Imaging
import NeuralNetworks
import Support
import Tensors

/// The spatial transformer of the paper (section 2.2; Jaderberg et al., 2015): localisation network
/// → grid → sampler, on 256×256. The paper's map is affine; with `map: projective` it is a homography.
///
/// θ = identity + scale · head: with a head that starts at zero and a scale of 0.1 the network
/// starts as the identity and moves gently.
struct SpatialTransformer: CorrectionStage {
  static let name = "stn"
  static let key = "transformer"
  static let truth: StageTruth? = .theta

  private(set) var settings: CorrectorConfiguration.STN
  private let localisation: FeatureNetwork

  init(_ settings: CorrectorConfiguration.STN) {
    self.settings = settings
    localisation = FeatureNetwork(
      "transformer.localisation", settings.localisation, outputs: settings.numbers)
  }

  /// `Theta` of images `[N, H, W, 3]`, `[N, 1, 1, 6]` or `[N, 1, 1, 8]`.
  func estimate<C: Computation>(_ image: C.Value, original: C.Value, on c: C) throws -> C.Value {
    try c.scale(localisation(image, on: c), by: Float(settings.scale), plus: identity)
  }

  func settle<C: Computation>(_ theta: C.Value, on c: C) throws -> C.Value {
    guard let tolerance = settings.tolerance else { return theta }
    let corners = Theta.Corners(numbers: settings.numbers)
    return try c.snap(
      theta, to: identity, measures: corners.shifts, over: corners.depths,
      tolerance: Float(tolerance))
  }

  private var identity: [Float] { Theta.identity(numbers: settings.numbers) }

  /// The same with another sampler, if given.
  func sampling(by other: Sampling?) -> SpatialTransformer {
    var copy = self
    copy.settings.sampling = other ?? settings.sampling
    return copy
  }

  func apply<C: Computation>(_ theta: C.Value, to image: C.Value, on c: C) throws -> C.Value {
    try c.sample(image, theta: theta, sampling: settings.sampling)
  }

  /// The mean absolute error of θ's numbers, six or eight.
  static func metrics(of estimate: Tensor, theta: Tensor) -> [(name: String, value: Float)] {
    let errors = (0..<theta.shape[0]).flatMap {
      Theta.differences(estimate.theta($0), theta.theta($0))
    }
    return [("theta_error", errors.reduce(0, +) / Float(errors.count))]
  }
}

extension CorrectorConfiguration.Stage {
  /// The spatial transformer, on 256×256.
  public static let stn = Self(SpatialTransformer.self)
}

extension CorrectorConfiguration {
  /// How a predicted θ is made more exact when G is used.
  public enum Refinement: String, Codable, Sendable, CaseIterable {
    /// By the lattice that nearest-neighbour sampling left in the pixels, which are then put back
    /// where they were; see `LatticeSearch`. Nothing that a camera or a smoother sampler does leaves
    /// such a lattice: those images are read at the predicted θ. For affine maps only.
    case lattice
  }

  /// What θ can be.
  public enum Map: String, Codable, Sendable, CaseIterable {
    /// Six numbers, as in the paper.
    case affine
    /// Eight numbers, a homography: prints lie in perspective.
    case projective
  }

  /// Of the spatial transformer.
  public struct STN: StageSettings {
    /// The network that predicts θ.
    public var localisation: Features
    /// `nil` is affine: files from before there was a choice say nothing, and keep their digests.
    public var map: Map?
    /// θ = identity + scale · output.
    public var scale: Double
    /// The sampler when G is used. While θ is learnt it is bilinear, the one with a gradient.
    public var sampling: Sampling
    /// `nil` leaves θ as it is predicted.
    public var refinement: Refinement?
    /// A predicted θ that moves no corner of the 224×224 crop by more than this in x or y, pixels of
    /// 256, leaves the image alone: reading between pixels would cost more than it mends. `nil` applies
    /// every θ.
    public var tolerance: Double?
    /// θ is applied to the photo itself, with this filter, where x is a view of a larger one: reading x
    /// between its pixels would cost sharpness that the photo has. `nil` always reads x.
    public var photoFilter: ResamplingFilter?

    /// Settings; those not given are the standard ones.
    public init(
      localisation: Features = Features(view: 64, widths: [16, 32, 64]), map: Map? = nil,
      scale: Double = 0.1,
      sampling: Sampling = .bilinear, refinement: Refinement? = nil, tolerance: Double? = nil,
      photoFilter: ResamplingFilter? = nil
    ) {
      self.localisation = localisation
      self.map = map
      self.scale = scale
      self.sampling = sampling
      self.refinement = refinement
      self.tolerance = tolerance
      self.photoFilter = photoFilter
    }

    /// How many numbers θ has.
    var numbers: Int { map == .projective ? 8 : 6 }

    /// As in `train-paper.yaml`; the paper states no sizes.
    public static let standard = Self()

    func check() throws {
      try localisation.check()
      try require(
        map != .projective || refinement == nil,
        "refinement by the lattice is for affine maps, not for map: projective")
    }

    /// Samplers, refinement and tolerance are no part of the network.
    func fits(_ other: Self) -> Bool {
      localisation == other.localisation && numbers == other.numbers && scale == other.scale
    }

    private static let mapKey = Setting<Map>.choice(
      "map", "map", default: .affine,
      "What θ is: six numbers, or eight, since prints lie in perspective.")
    private static let scaleKey = Setting.number(
      "scale", 1e-6...100, "θ = identity + scale · output.")
    private static let samplingKey = Setting<Sampling>.choice(
      "sampling", "sampler", "How G samples when it is used; θ is learnt with the bilinear one.")
    private static let refinementKey = Setting<Refinement>.choice(
      "refinement", "refinement",
      "Makes θ exact by the trace that nearest-neighbour sampling leaves, which no camera does."
    ).nullable
    private static let toleranceKey = Setting.number(
      "tolerance", 0...64,
      "A θ that moves no corner of the crop by more pixels of 256 leaves the image alone."
    ).nullable
    private static let photoFilterKey = Setting<ResamplingFilter>.choice(
      "photo_filter", "filter",
      "θ is applied to the photo itself, with this filter, where the image is a view of a larger one."
    ).nullable

    static let schema = SettingsSchema(
      "the spatial transformer",
      Features.settings(standard: standard.localisation) + [
        mapKey.declaration, scaleKey.described(standard: .number(standard.scale)),
        samplingKey.described(standard: .text(standard.sampling.rawValue)),
        refinementKey.declaration, toleranceKey.declaration, photoFilterKey.declaration,
      ])

    init(yaml: YAMLReader, changing others: Self) throws {
      self = others
      let values = try SettingsReader(yaml, Self.schema)
      localisation = try Features(values, changing: localisation)
      let map = try values(Self.mapKey, or: self.map ?? .affine)
      self.map = map == .affine ? nil : map
      scale = try values(Self.scaleKey, or: scale)
      sampling = try values(Self.samplingKey, or: sampling)
      refinement = try values(Self.refinementKey, or: refinement)
      tolerance = try values(Self.toleranceKey, or: tolerance)
      photoFilter = try values(Self.photoFilterKey, or: photoFilter)
    }
  }

  /// Whether θ is applied to the photos that images are views of.
  public var readsPhotos: Bool { stages.contains(.stn) && stn.photoFilter != nil }

  /// The spatial transformer's.
  public var stn: STN {
    get { self[SpatialTransformer.self] }
    set { self[SpatialTransformer.self] = newValue }
  }
}
