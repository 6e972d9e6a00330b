import NeuralNetworks
import Support

/// Predicts some numbers from a small view of an image: average pooling, convolutions
/// 3×3 with stride 2 and ReLU, one or two linear layers, the last of which starts with zeros.
///
/// The localisation network of the spatial transformer and the network of the colour stage. Numbers
/// from elsewhere can be concatenated before the linear layers.
struct FeatureNetwork: Sendable {
  private let name: String
  private let configuration: CorrectorConfiguration.Features
  private let outputs: Int

  init(_ name: String, _ configuration: CorrectorConfiguration.Features, outputs: Int) {
    self.name = name
    self.configuration = configuration
    self.outputs = outputs
  }

  /// `[N, H, W, C]` and, if given, numbers `[N, 1, 1, joining]` → `[N, 1, 1, outputs]`.
  func callAsFunction<C: Computation>(
    _ x: C.Value, joining numbers: C.Value? = nil, on c: C
  ) throws -> C.Value {
    let seen = try c.averagePool(x, toHeight: configuration.view, width: configuration.view)
    var features = seen
    for (index, width) in configuration.widths.enumerated() {
      features = try ConvolutionBlock(
        "\(name).convolutions.\(index)", norm: "\(name).norms.\(index)", out: width,
        kernel: index == 0 ? configuration.firstKernel : 3, stride: 2,
        normalization: configuration.normalization)(features, on: c)
    }
    var flat = try c.flatten(
      configuration.summary == .flatten ? features : summarised(features, seen: seen, on: c))
    if let numbers { flat = try c.concatenate([flat, numbers]) }
    if let hidden = configuration.hidden {
      flat = try Linear("\(name).hidden", out: hidden)(flat, relu: true, on: c)
    }
    return try Linear("\(name).head", out: outputs, startsAtZero: true)(flat, on: c)
  }

  /// Means, maxima, and the view's means and deviations: `[N, 1, 1, 2 C + 2 in]`.
  private func summarised<C: Computation>(
    _ features: C.Value, seen: C.Value, on c: C
  ) throws -> C.Value {
    let side = try c.shape(of: features).height
    return try c.concatenate([
      c.averagePool(features, toHeight: 1, width: 1),
      c.maxPool(features, Pooling(size: side, stride: side)),
      c.averagePool(seen, toHeight: 1, width: 1), c.channelDeviation(seen),
    ])
  }
}

extension CorrectorConfiguration {
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
    /// What the linear layers see of the last activations.
    public var summary: Summary
    /// Units of the linear layer before the last one; without it there is one only.
    public var hidden: Int?
    /// Of every convolution.
    public var normalization: Normalizing

    /// A network whose size has no standard.
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

    /// - Throws: `UserError` for sizes that make no network.
    func check() throws {
      func require(_ condition: Bool, _ problem: String) throws {
        if !condition { throw UserError(problem) }
      }
      try require((4...256).contains(view), "view must be 4 to 256")
      try require(
        (1...6).contains(widths.count) && widths.allSatisfy { (1...1024).contains($0) },
        "widths must be 1 to 6 numbers of channels, each 1 to 1024")
      try require([1, 3, 5, 7].contains(firstKernel), "first_kernel must be 1, 3, 5 or 7")
      try require(
        hidden.map { (1...4096).contains($0) } ?? true, "hidden must be 1 to 4096")
    }

    private static let viewKey = Setting.integer(
      "view", 4...256, "Height and width that the image is averaged to, pixels.")
    private static let widthsKey = Setting.integers(
      "widths", 1...1024, "Channels of each convolution with stride 2.")
    private static let firstKernelKey = Setting.integer(
      "first_kernel", 1...7, "Side of the first convolution's kernel, odd; the others' is 3.")
    private static let summaryKey = Setting<Summary>.choice(
      "summary", "summary",
      "What the linear layers see of the last activations: all of them, or their means and maxima.")
    private static let hiddenKey = Setting.integer(
      "hidden", 1...4096,
      "Units of the linear layer before the last; without it there is one layer."
    ).nullable
    private static let normalizationKey = Setting<Normalizing>.choice(
      "normalization", "normalization", "Of every convolution.")

    /// Of a training file, among those of the stage.
    ///
    /// - Parameter standard: the stage's own.
    static func settings(standard: Self) -> [SettingDeclaration] {
      [
        viewKey.described(standard: .integer(standard.view)),
        widthsKey.described(standard: .list(standard.widths.map(JSONValue.integer))),
        firstKernelKey.described(standard: .integer(standard.firstKernel)),
        summaryKey.described(standard: .text(standard.summary.rawValue)),
        hiddenKey.described(standard: .optional(standard.hidden)),
        normalizationKey.described(standard: .text(standard.normalization.rawValue)),
      ]
    }

    /// - Throws: `UserError` naming file and line.
    init(_ values: SettingsReader, changing others: Self) throws {
      self.init(
        view: try values(Self.viewKey, or: others.view),
        widths: try values(Self.widthsKey, or: others.widths),
        firstKernel: try values(Self.firstKernelKey, or: others.firstKernel),
        summary: try values(Self.summaryKey, or: others.summary),
        hidden: try values(Self.hiddenKey, or: others.hidden),
        normalization: try values(Self.normalizationKey, or: others.normalization))
    }
  }
}
