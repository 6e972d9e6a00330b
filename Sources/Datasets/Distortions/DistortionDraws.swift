/// The distortions of a set: each follows from the distortion, the seed, the photo's name and the
/// number of the draw alone, see `Distortion.draw(seed:item:draw:)`.
public struct DistortionDraws: Sendable {
  /// What is drawn from.
  public let distortion: Distortion
  /// The experiment's, or a stream's of its own.
  public let seed: UInt64

  /// - Parameter seed: another seed gives other draws of every photo.
  public init(_ distortion: Distortion, seed: UInt64) {
    self.distortion = distortion
    self.seed = seed
  }

  /// The distortion of a photo's draw.
  ///
  /// - Parameters:
  ///   - item: the photo's name within its set.
  ///   - draw: which repetition, from 0.
  public func drawn(item: String, draw: Int) -> any DrawnDistortion {
    distortion.draw(seed: seed, item: item, draw: draw)
  }
}
