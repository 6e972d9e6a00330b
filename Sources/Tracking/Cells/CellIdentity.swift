import Foundation
import Support

/// Everything that decides the predictions of a cell. Two cells of equal identity hold the same
/// predictions and are computed once, whichever experiment asks for them.
///
/// What cannot matter is left out: a canonical image has no seed, and where a file lies or what an
/// experiment calls its dataset changes nothing. The batch size is left out, too: it moves logits
/// by rounding at most.
public struct CellIdentity: Hashable, Sendable, Encodable {
  /// The classifier's name, e.g. `resnet50`.
  public var model: String
  /// SHA-256 of the weights' file, or of the file that predictions were imported from.
  public var weights: String
  /// Fingerprint of the images and labels that are evaluated (after any limit).
  public var dataset: String
  /// What the classifier sees.
  public var condition: Condition
  /// Which images go in; it differs from the condition when they are corrected.
  public var view: ImageView
  /// The distortion preset of a distorted view.
  public var distortion: String?
  /// SHA-256 of the corrector of a corrected cell.
  public var corrector: String?
  /// The seed of a distorted view.
  public var seed: UInt64?
  /// Draws per image: 1 unless the view is distorted.
  public var draws: Int
  /// The convolution engine's name, e.g. `onednn`, `external` or `imported`.
  public var engine: String
  /// `float32` or `bfloat16`; `unknown` where another program computes, or predictions were imported.
  public var precision: String

  /// The engine of cells whose logits a process of its own computes, see `ExternalModel`.
  public static let externalEngine = "external"
  /// The engine of cells whose predictions another program made.
  public static let importedEngine = "imported"

  /// The identity of these values; keys are computed by `key()`.
  public init(
    model: String, weights: String, dataset: String, condition: Condition, view: ImageView,
    distortion: String? = nil, corrector: String? = nil, seed: UInt64? = nil, draws: Int = 1,
    engine: String, precision: String
  ) {
    (self.model, self.weights, self.dataset) = (model, weights, dataset)
    (self.condition, self.view, self.distortion) = (condition, view, distortion)
    (self.corrector, self.seed, self.draws) = (corrector, seed, draws)
    (self.engine, self.precision) = (engine, precision)
  }

  /// SHA-256 of the identity as JSON with sorted keys and without absent values.
  public func key() throws -> String {
    FileDigest.sha256(Data(try JSONValue.storedText(of: self).utf8))
  }
}
