import NeuralNetworks
import Support

/// The paper's correction of colour and detail (section 3.2): a U-Net that sees the image with the
/// standard deviation of each of its channels as three constant planes, and whose output is added.
///
/// The network itself may be computed in reduced precision, the image that its output is added to not.
/// It may see blocks of pixels as channels, as `CorrectorConfiguration.UNet.pixelUnshuffle` says.
struct UNetStage: CorrectionStage {
  static let name = "unet"

  private let unet: UNet
  private let settings: CorrectorConfiguration.UNet

  init(_ settings: CorrectorConfiguration.UNet) {
    let block = settings.pixelUnshuffle ?? 1
    unet = UNet("unet", outChannels: 3 * block * block, settings)
    self.settings = settings
  }

  /// What has to be added, `[N, H, W, 3]`.
  func estimate<C: Computation>(_ image: C.Value, original: C.Value, on c: C) throws -> C.Value {
    let pixels = try settings.pixelUnshuffle.map { try c.pixelUnshuffle(image, by: $0) } ?? image
    let seen = try settings.deviationPlanes ? withDeviations(pixels, of: image, on: c) : pixels
    let residual = try c.autocast(seen) { try unet($0, on: c) }
    return try settings.pixelUnshuffle.map { try c.pixelShuffle(residual, by: $0) } ?? residual
  }

  /// An image's pixels and the standard deviation of each of its channels, as constant planes.
  private func withDeviations<C: Computation>(
    _ pixels: C.Value, of image: C.Value, on c: C
  ) throws -> C.Value {
    let size = try c.shape(of: pixels)
    let planes = try c.planes(c.channelDeviation(image), height: size.height, width: size.width)
    return try c.concatenate([pixels, planes])
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
    /// Side of the blocks of pixels that the network sees as channels of one
    /// (`torch.nn.PixelUnshuffle`; its output goes through `PixelShuffle`), or `nil` for pixels as they
    /// are. With 2 it computes at half the resolution: as much for a quarter of the pixels, and sees
    /// twice as far.
    public var pixelUnshuffle: Int?

    /// Settings; those not given are the standard ones.
    public init(
      width: Int = 64, depth: Int = 4, normalization: Normalizing = .batch,
      deviationPlanes: Bool = true, startsAsIdentity: Bool = false, pixelUnshuffle: Int? = nil
    ) {
      self.width = width
      self.depth = depth
      self.normalization = normalization
      self.deviationPlanes = deviationPlanes
      self.startsAsIdentity = startsAsIdentity
      self.pixelUnshuffle = pixelUnshuffle
    }

    /// The original's width and depth.
    public static let standard = Self()

    func check() throws {
      try require((1...256).contains(width), "width must be 1 to 256")
      try require((1...5).contains(depth), "depth must be 1 to 5")
      let block = pixelUnshuffle ?? 1
      try require((1...8).contains(block), "pixel_unshuffle must be 1 to 8")
      try require(
        Corrector.outputSide.isMultiple(of: block << depth),
        "pixel_unshuffle and depth must divide \(Corrector.outputSide) pixels evenly")
    }

    /// How parameters start is no part of the network.
    func fits(_ other: Self) -> Bool {
      var same = other
      same.startsAsIdentity = startsAsIdentity
      return self == same
    }

    private static let widthKey = Setting.integer(
      "width", 1...256, "Channels of the first level; each further one has twice as many.")
    private static let depthKey = Setting.integer("depth", 1...5, "How often the image is halved.")
    private static let normalizationKey = Setting<Normalizing>.choice(
      "normalization", "normalization", "Of every 3×3 convolution.")
    private static let deviationPlanesKey = Setting.flag(
      "deviation_planes",
      "Whether the network also sees each channel's standard deviation as a constant plane.")
    private static let startsAsIdentityKey = Setting.flag(
      "starts_as_identity",
      "Whether the last convolution starts with zeros, and the stage as the identity.")
    private static let pixelUnshuffleKey = Setting.integer(
      "pixel_unshuffle", 2...8,
      "Side of the blocks of pixels that the network sees as channels of one; 2 halves its resolution."
    ).nullable

    static let schema = SettingsSchema(
      "the U-Net whose output is added",
      [
        widthKey.described(standard: .integer(standard.width)),
        depthKey.described(standard: .integer(standard.depth)),
        normalizationKey.described(standard: .text(standard.normalization.rawValue)),
        deviationPlanesKey.described(standard: .flag(standard.deviationPlanes)),
        startsAsIdentityKey.described(standard: .flag(standard.startsAsIdentity)),
        pixelUnshuffleKey.declaration,
      ])

    init(yaml: YAMLReader, changing others: Self) throws {
      self = others
      let values = try SettingsReader(yaml, Self.schema)
      width = try values(Self.widthKey, or: width)
      depth = try values(Self.depthKey, or: depth)
      normalization = try values(Self.normalizationKey, or: normalization)
      deviationPlanes = try values(Self.deviationPlanesKey, or: deviationPlanes)
      startsAsIdentity = try values(Self.startsAsIdentityKey, or: startsAsIdentity)
      pixelUnshuffle = try values(Self.pixelUnshuffleKey, or: pixelUnshuffle)
    }
  }

  /// The U-Net's.
  public var unet: UNet {
    get { self[UNetStage.self] }
    set { self[UNetStage.self] = newValue }
  }
}
