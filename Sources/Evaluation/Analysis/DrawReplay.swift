import Datasets
import Tracking

/// The distortions of a stored cell, drawn again: preset, seed, image and draw are all that there is
/// to them.
public struct DrawReplay: Sendable {
  private let distortion: Distortion
  private let seed: UInt64

  /// - Throws: `UserError` for a preset that this program does not have.
  public init(preset: String, seed: UInt64) throws {
    distortion = try Distortion.named(preset)
    self.seed = seed
  }

  /// `nil` for a cell whose images were not distorted, or by a preset that this program no longer
  /// has.
  public init?(_ evaluation: EvaluationRecord) {
    guard let preset = evaluation.distortion, let seed = evaluation.seed,
      let replay = try? DrawReplay(preset: preset, seed: UInt64(bitPattern: seed))
    else { return nil }
    self = replay
  }

  /// The distortion of an image's draw.
  public func drawn(item: String, draw: Int) -> DrawnDistortion {
    distortion.draw(seed: seed, item: item, draw: draw)
  }

  /// Its parameters; `nil` for another kind than an affine map with a colour jitter.
  public func parameters(item: String, draw: Int) -> DistortionParameters? {
    guard case .affine(let parameters) = drawn(item: item, draw: draw) else { return nil }
    return parameters
  }
}
