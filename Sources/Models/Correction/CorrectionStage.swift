import NeuralNetworks
import Support
import Tensors

/// A stage of G: estimates something of an image and applies it.
///
/// A new one is a file with its settings and its network, and a line in `CorrectionStages.all`.
protocol CorrectionStage: Sendable {
  associatedtype Settings: StageSettings

  /// As files and options name it.
  static var name: String { get }
  /// Of its settings in a corrector's file, and what the names of its parameters begin with.
  static var key: String { get }
  /// What training can tell in place of its estimate, see `StageTruth`.
  static var truth: StageTruth? { get }

  init(_ settings: Settings)

  /// What the stage makes of its input: numbers or an image.
  ///
  /// - Parameters:
  ///   - image: `[N, H, W, 3]`, what the stage before gave.
  ///   - original: x `[N, 256, 256, 3]`.
  func estimate<C: Computation>(_ image: C.Value, original: C.Value, on c: C) throws -> C.Value

  /// The estimate as a stage that does not learn applies it: one that is hardly different from nothing
  /// at all becomes just that, so that an image which needs no correction is left alone. By default
  /// the estimate itself.
  func settle<C: Computation>(_ estimate: C.Value, on c: C) throws -> C.Value

  /// The image `[N, H, W, 3]` with the estimate applied.
  func apply<C: Computation>(_ estimate: C.Value, to image: C.Value, on c: C) throws -> C.Value

  /// What a step of training records of the estimate, by name.
  ///
  /// - Parameter theta: the true θ, `[N, 2, 3]` or `[N, 8]`.
  static func metrics(of estimate: Tensor, theta: Tensor) -> [(name: String, value: Float)]
}

extension CorrectionStage {
  static var key: String { name }
  /// The keys of its settings in a training file.
  static var settingsSchema: SettingsSchema { Settings.schema }
  static var truth: StageTruth? { nil }
  func settle<C: Computation>(_ estimate: C.Value, on c: C) throws -> C.Value { estimate }
  static func metrics(of estimate: Tensor, theta: Tensor) -> [(name: String, value: Float)] { [] }
}

/// The stages that G can be made of.
enum CorrectionStages {
  /// In the order in which they are applied: the spatial transformer on 256×256, the others on the
  /// centre 224×224 of what it gives.
  static let all: [any CorrectionStage.Type] = [
    SpatialTransformer.self,
    ColorStage.self,
    UNetStage.self,
  ]
}

/// What training knows exactly, since it made the distortion, and can put in a stage's place while
/// later stages learn.
public enum StageTruth: Sendable {
  /// The distortion's θ is the stage's estimate.
  case theta
  /// y has the colours of x: nothing is left for the stage to do, and it is left out.
  case colors
}

/// What can be chosen of a stage.
protocol StageSettings: Codable, Equatable, Sendable {
  static var standard: Self { get }
  /// The keys of a training file.
  static var schema: SettingsSchema { get }

  /// The settings at a place of a training file; what it does not say is as in others.
  ///
  /// - Throws: `UserError` naming file and line.
  init(yaml: YAMLReader, changing others: Self) throws

  /// - Throws: `UserError` for sizes that make no network.
  func check() throws

  /// Whether networks of both have the same parameters with the same meaning.
  func fits(_ other: Self) -> Bool
}

extension StageSettings {
  func fits(_ other: Self) -> Bool { self == other }

  func isEqual(to other: any StageSettings) -> Bool { other as? Self == self }

  func fits(any other: any StageSettings) -> Bool { (other as? Self).map(fits) == true }

  /// - Throws: `UserError` with the problem unless the condition holds.
  func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
    if !condition { throw UserError(problem()) }
  }
}

extension CorrectorConfiguration {
  /// A stage by its name in configurations.
  public struct Stage: RawRepresentable, Hashable, Codable, Sendable, CaseIterable {
    let type: any CorrectionStage.Type

    /// In the order in which they are applied.
    public static let allCases: [Stage] = CorrectionStages.all.map { Stage($0) }

    /// As files and options name it.
    public var rawValue: String { type.name }

    /// What training can tell in its place, or `nil`.
    public var truth: StageTruth? { type.truth }

    init(_ type: any CorrectionStage.Type) { self.type = type }

    /// `nil` for a name that no stage has.
    public init?(rawValue: String) {
      guard let type = CorrectionStages.all.first(where: { $0.name == rawValue }) else {
        return nil
      }
      self.type = type
    }

    /// What the names of its parameters begin with.
    var prefix: String { "\(type.key)." }

    /// What a step of training records of its estimate, by name.
    ///
    /// - Parameter theta: the true θ, `[N, 2, 3]` or `[N, 8]`.
    package func metrics(
      of estimate: Tensor, theta: Tensor
    ) -> [(name: String, value: Float)] { type.metrics(of: estimate, theta: theta) }
  }
}
