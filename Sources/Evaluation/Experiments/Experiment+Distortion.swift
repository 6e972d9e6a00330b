import Datasets
import Support
import Tracking

extension Experiment {
  /// Reads the distortion of the distorted view.
  ///
  /// - Throws: As `Distortion.named(_:)`, and when its file is not what the experiment was read with.
  public func makeDistortion() throws -> Distortion {
    let made = try Distortion.named(distortionFile ?? distortion)
    guard made.identity == distortion else {
      throw UserError(
        "\(distortionFile ?? distortion): has changed (\(made.identity), not \(distortion))",
        remedy: "repeat the command")
    }
    return made
  }
}
