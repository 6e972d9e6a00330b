import Datasets
import Tracking

/// The distortions of a stored cell, drawn again: preset, seed, image and draw are all that there is
/// to them.
public struct DrawReplay: Sendable {
  private let ranges: DistortionRanges
  private let seed: UInt64

  /// - Throws: `UserError` for a preset that this program does not have.
  public init(preset: String, seed: UInt64) throws {
    ranges = try DistortionRanges.preset(preset)
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
  public func parameters(item: String, draw: Int) -> DistortionParameters {
    ranges.draw(seed: seed, item: item, draw: draw)
  }
}
