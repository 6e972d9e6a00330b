import NeuralNetworks
import Support

/// The paper's correction of colour and detail (section 3.2): a U-Net that sees the image with the
/// standard deviation of each of its channels as three constant planes, and whose output is added.
struct UNetStage: CorrectionStage {
  static let name = "unet"

  private let unet: UNet
  private let deviationPlanes: Bool

  init(_ settings: CorrectorConfiguration.UNet) {
    unet = UNet("unet", outChannels: 3, settings)
    deviationPlanes = settings.deviationPlanes
  }

  /// What has to be added, `[N, H, W, 3]`.
  func estimate<C: Computation>(_ image: C.Value, original: C.Value, on c: C) throws -> C.Value {
    guard deviationPlanes else { return try unet(image, on: c) }
    let size = try c.shape(of: image)
    let planes = try c.planes(c.channelDeviation(image), height: size.height, width: size.width)
    return try unet(c.concatenate([image, planes]), on: c)
  }

  func apply<C: Computation>(_ residual: C.Value, to image: C.Value, on c: C) throws -> C.Value {
    try c.add(residual, image, relu: false)
  }
}

extension CorrectorConfiguration.Stage {
  /// The U-Net whose output is added, on 224×224.
  public static let unet = Self(UNetStage.self)
}

extension CorrectorConfiguration {
  /// Of the U-Net.
  public struct UNet: StageSettings {
    /// Channels of the first level.
    public var width: Int
    /// How often the image is halved.
    public var depth: Int
    /// Of every 3×3 convolution.
    public var normalization: Normalizing
    /// Whether the three planes of channel deviations are concatenated to the input (paper, 3.2).
    public var deviationPlanes: Bool
    /// Whether the last convolution starts with zeros, so that the stage starts as the identity.
    public var startsAsIdentity: Bool

    /// Settings; those not given are the standard ones.
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

    /// The original's width and depth.
    public static let standard = Self()

    func check() throws {
      try require((1...256).contains(width), "width must be 1 to 256")
      try require((1...5).contains(depth), "depth must be 1 to 5")
    }

    /// How parameters start is no part of the network.
    func fits(_ other: Self) -> Bool {
      var same = other
      same.startsAsIdentity = startsAsIdentity
      return self == same
    }

    init(yaml: YAMLReader) throws {
      self = .standard
      let values = try yaml.mapping(known: [
        "width", "depth", "normalization", "deviation_planes", "starts_as_identity",
      ])
      width = try values["width"]?.integer(in: 1...256) ?? width
      depth = try values["depth"]?.integer(in: 1...5) ?? depth
      normalization =
        try values["normalization"]?.choice(Normalizing.self, "normalization") ?? normalization
      deviationPlanes = try values["deviation_planes"]?.flag() ?? deviationPlanes
      startsAsIdentity = try values["starts_as_identity"]?.flag() ?? startsAsIdentity
    }
  }

  /// The U-Net's.
  public var unet: UNet {
    get { self[UNetStage.self] }
    set { self[UNetStage.self] = newValue }
  }
}
