import NeuralNetworks
import Support
import Tensors

/// Undoes the colour jitter by one 3×4 matrix an image: x ↦ A x + b for every pixel, predicted from
/// a small view of x_s and, where the settings ask for it, from the histograms of x. It starts
/// as the identity, and cannot blur.
///
/// A view shows what is in the picture; histograms keep what averaging and resampling wipe out: where
/// the values are cut off, and to which grey black borders have moved.
///
/// Ours; the paper leaves all colour to the U-Net (section 3.2).
struct ColorStage: CorrectionStage {
  static let name = "color"
  static let truth: StageTruth? = .colors

  /// Units of the linear layer that sums the histograms up.
  private static let histogramUnits = 128
  private let network: FeatureNetwork
  private let settings: CorrectorConfiguration.Color

  init(_ settings: CorrectorConfiguration.Color) {
    self.settings = settings
    network = FeatureNetwork("color", settings.features, outputs: 12)
  }

  /// The matrices of images x_s `[N, H, W, 3]`, `[N, 1, 1, 12]`: rows of 3×4.
  func estimate<C: Computation>(_ image: C.Value, original: C.Value, on c: C) throws -> C.Value {
    let numbers = try settings.histogram.map { bins in
      try Linear("color.histogram", out: Self.histogramUnits)(
        c.colorHistogram(original, bins: bins), relu: true, on: c)
    }
    return try c.scale(
      network(image, joining: numbers, on: c), by: Float(settings.scale), plus: Self.identity)
  }

  func settle<C: Computation>(_ matrix: C.Value, on c: C) throws -> C.Value {
    guard let tolerance = settings.tolerance else { return matrix }
    return try c.snap(
      matrix, to: Self.identity, measures: Self.extremes, tolerance: Float(tolerance))
  }

  /// The matrix that leaves an image as it is.
  private static let identity: [Float] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]

  /// What takes a matrix to the three channels of the eight extreme colours, from black to white,
  /// `[24][12]`, in parts of the range from black to white.
  private static let extremes: [[Float]] = (0..<24).map { index in
    let (color, channel) = (index / 3, index % 3)
    let (mean, deviation) = (ImageNetStatistics.mean, ImageNetStatistics.standardDeviation)
    let pixel = (0..<3).map { (Float(color >> $0 & 1) - mean[$0]) / deviation[$0] } + [1]
    return (0..<12).map { $0 / 4 == channel ? deviation[channel] * pixel[$0 % 4] : 0 }
  }

  func apply<C: Computation>(_ matrix: C.Value, to image: C.Value, on c: C) throws -> C.Value {
    try c.colorMatrix(image, matrix: matrix)
  }
}

extension CorrectorConfiguration.Stage {
  /// The colour matrix, on 224×224.
  public static let color = Self(ColorStage.self)
}

extension CorrectorConfiguration {
  /// Of the colour stage.
  public struct Color: StageSettings {
    /// The network that predicts the matrix.
    public var features: Features
    /// Bins of the histograms of R, G, B and chroma of x that the network also sees; without them
    /// it sees its view only.
    public var histogram: Int?
    /// Matrix = identity + scale · output.
    public var scale: Double
    /// A predicted matrix that changes no channel of any colour by more than this part of the range
    /// from black to white leaves the image alone. `nil` applies every matrix.
    public var tolerance: Double?

    /// Settings; those not given are the standard ones.
    public init(
      features: Features = Features(view: 56, widths: [16, 32, 64], hidden: 64),
      histogram: Int? = nil, scale: Double = 0.1, tolerance: Double? = nil
    ) {
      self.features = features
      self.histogram = histogram
      self.scale = scale
      self.tolerance = tolerance
    }

    /// Without histograms.
    public static let standard = Self()

    func check() throws {
      try features.check()
      try require(
        histogram.map { (2...256).contains($0) } ?? true, "histogram must be 2 to 256 bins")
    }

    /// The tolerance is no part of the network.
    func fits(_ other: Self) -> Bool {
      var same = other
      same.tolerance = tolerance
      return self == same
    }

    private static let histogramKey = Setting.integer(
      "histogram", 2...256,
      "Bins of the histograms of R, G, B and chroma of x that the network also sees."
    ).nullable
    private static let scaleKey = Setting.number(
      "scale", 1e-6...100, "Matrix = identity + scale · output.")
    private static let toleranceKey = Setting.number(
      "tolerance", 0...1,
      "A matrix that changes no channel by more than this part of its range leaves the image alone."
    ).nullable

    static let schema = SettingsSchema(
      "the 3×4 colour matrix",
      Features.settings(standard: standard.features) + [
        histogramKey.declaration, scaleKey.described(standard: .number(standard.scale)),
        toleranceKey.declaration,
      ])

    init(yaml: YAMLReader, changing others: Self) throws {
      self = others
      let values = try SettingsReader(yaml, Self.schema)
      features = try Features(values, changing: features)
      histogram = try values(Self.histogramKey, or: histogram)
      scale = try values(Self.scaleKey, or: scale)
      tolerance = try values(Self.toleranceKey, or: tolerance)
    }
  }

  /// The colour stage's.
  public var color: Color {
    get { self[ColorStage.self] }
    set { self[ColorStage.self] = newValue }
  }
}
