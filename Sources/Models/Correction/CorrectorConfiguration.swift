import NeuralNetworks
import Support

/// What a corrector G is made of: stages in a fixed order, each of which can be left out.
///
/// `stn → unet` is the paper's G; our default puts the colour stage between them.
public struct CorrectorConfiguration: Codable, Sendable, Equatable {
  /// A stage by its name in configurations.
  public enum Stage: String, Codable, Sendable, CaseIterable {
    /// The spatial transformer, on 256×256.
    case stn
    /// The colour matrix, on 224×224.
    case color
    /// The U-Net whose output is added, on 224×224.
    case unet

    /// What the names of its parameters begin with.
    var prefix: String { self == .stn ? "transformer." : "\(rawValue)." }
  }

  /// How the last activations of a `Features` network become numbers for its linear layers.
  public enum Summary: String, Codable, Sendable, CaseIterable {
    /// All of them, place by place: for where things are.
    case flatten
    /// Mean and maximum of each channel, with the view's own means and deviations: for how an image
    /// looks as a whole.
    case pool
  }

  /// A network that sees a small view of the image.
  public struct Features: Codable, Sendable, Equatable {
    /// Height and width that the image is averaged to.
    public var view: Int
    /// Channels of each convolution with stride 2.
    public var widths: [Int]
    /// Side of the first convolution's kernel, odd; the others' is 3.
    public var firstKernel: Int
    public var summary: Summary
    /// Units of the linear layer before the last one; without it there is one only.
    public var hidden: Int?
    public var normalization: Normalizing

    public init(
      view: Int, widths: [Int], firstKernel: Int = 3, summary: Summary = .flatten,
      hidden: Int? = nil, normalization: Normalizing = .none
    ) {
      self.view = view
      self.widths = widths
      self.firstKernel = firstKernel
      self.summary = summary
      self.hidden = hidden
      self.normalization = normalization
    }
  }

  /// How a predicted θ is made more exact when G is used.
  public enum Refinement: String, Codable, Sendable, CaseIterable {
    /// By the lattice that nearest-neighbour sampling left in the pixels, which are then put back
    /// where they were; see `LatticeSearch`. Nothing that a camera or a smoother sampler does leaves
    /// such a lattice: those images are read at the predicted θ.
    case lattice
  }

  public struct Transformer: Codable, Sendable, Equatable {
    public var localisation: Features
    /// θ = identity + scale · output.
    public var scale: Double
    /// The sampler when G is used. While θ is learnt it is bilinear, the one with a gradient.
    public var sampling: Sampling
    /// `nil` leaves θ as it is predicted.
    public var refinement: Refinement?

    public init(
      localisation: Features = Features(view: 64, widths: [16, 32, 64]), scale: Double = 0.1,
      sampling: Sampling = .bilinear, refinement: Refinement? = nil
    ) {
      self.localisation = localisation
      self.scale = scale
      self.sampling = sampling
      self.refinement = refinement
    }
  }

  public struct Color: Codable, Sendable, Equatable {
    public var features: Features
    /// Bins of the histograms of R, G, B and chroma of x that the network also sees; without them
    /// it sees its view only.
    public var histogram: Int?
    /// Matrix = identity + scale · output.
    public var scale: Double

    /// Units of the linear layer that sums the histograms up.
    static let histogramUnits = 128

    public init(
      features: Features = Features(view: 56, widths: [16, 32, 64], hidden: 64),
      histogram: Int? = nil, scale: Double = 0.1
    ) {
      self.features = features
      self.histogram = histogram
      self.scale = scale
    }
  }

  public struct Residual: Codable, Sendable, Equatable {
    /// Channels of the first level.
    public var width: Int
    /// How often the image is halved.
    public var depth: Int
    public var normalization: Normalizing
    /// Whether the three planes of channel deviations are concatenated to the input (paper, 3.2).
    public var deviationPlanes: Bool
    /// Whether the last convolution starts with zeros, so that the stage starts as the identity.
    public var startsAsIdentity: Bool

    public init(
      width: Int = 64, depth: Int = 4, normalization: Normalizing = .batch,
      deviationPlanes: Bool = true, startsAsIdentity: Bool = false
    ) {
      self.width = width
      self.depth = depth
      self.normalization = normalization
      self.deviationPlanes = deviationPlanes
      self.startsAsIdentity = startsAsIdentity
    }

    /// Channels that the U-Net reads.
    var inChannels: Int { deviationPlanes ? 6 : 3 }
  }

  public var stages: Set<Stage>
  public var transformer: Transformer
  public var color: Color
  public var unet: Residual

  public init(
    stages: Set<Stage>, transformer: Transformer = Transformer(), color: Color = Color(),
    unet: Residual = Residual()
  ) {
    self.stages = stages
    self.transformer = transformer
    self.color = color
    self.unet = unet
  }

  /// Stages in their order: a set's own order changes from process to process, and this text is
  /// digested to recognise a training run, and part of a corrector's file.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(orderedStages, forKey: .stages)
    try container.encode(transformer, forKey: .transformer)
    try container.encode(color, forKey: .color)
    try container.encode(unet, forKey: .unet)
  }

  private enum CodingKeys: CodingKey { case stages, transformer, color, unet }

  /// G of the paper: STN → U-Net, bilinear.
  public static let paper = CorrectorConfiguration(stages: [.stn, .unet])

  /// Whether both have a stage, and its networks have the same shapes in both.
  func isAlike(_ other: CorrectorConfiguration, _ stage: Stage) -> Bool {
    guard stages.contains(stage), other.stages.contains(stage) else { return false }
    switch stage {
    case .stn:
      return transformer.localisation == other.transformer.localisation
        && transformer.scale == other.transformer.scale
    case .color: return color == other.color
    case .unet:
      var same = other.unet
      same.startsAsIdentity = unet.startsAsIdentity
      return unet == same
    }
  }

  /// - Throws: `UserError` for sizes that make no network, before memory is asked for.
  public func check() throws {
    func require(_ condition: Bool, _ problem: String) throws {
      if !condition { throw UserError("corrector: \(problem)") }
    }
    try require(!stages.isEmpty, "no stages; choose from stn, color, unet")
    for (name, features) in [
      ("transformer", transformer.localisation), ("color", color.features),
    ] {
      try require((4...256).contains(features.view), "\(name): view must be 4 to 256")
      try require(
        (1...6).contains(features.widths.count)
          && features.widths.allSatisfy {
            (1...1024).contains($0)
          }, "\(name): widths must be 1 to 6 numbers of channels, each 1 to 1024")
      try require(
        [1, 3, 5, 7].contains(features.firstKernel), "\(name): first_kernel must be 1, 3, 5 or 7")
      try require(
        features.hidden.map { (1...4096).contains($0) } ?? true,
        "\(name): hidden must be 1 to 4096")
    }
    try require(
      color.histogram.map { (2...256).contains($0) } ?? true,
      "color: histogram must be 2 to 256 bins")
    try require((1...256).contains(unet.width), "unet: width must be 1 to 256")
    try require((1...5).contains(unet.depth), "unet: depth must be 1 to 5")
    let count = try parameterCount
    try require(
      count <= 1 << 29,
      "\(count) parameters are too many; use smaller widths or views")
  }
}
