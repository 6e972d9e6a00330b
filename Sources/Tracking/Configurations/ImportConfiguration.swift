import Support

/// What decides the results of a run that stands for imported predictions.
public struct ImportConfiguration: RunConfiguration, Equatable {
  /// The cell that the predictions are of.
  public let imported: ImportedCell
  /// The file of predictions.
  public let file: String
  /// Of that file.
  public let sha256: String
  /// The dataset's.
  public let fingerprint: String

  /// An import of a file of predictions.
  public init(_ cell: ImportedCell, file: String, sha256: String, fingerprint: String) {
    imported = cell
    (self.file, self.sha256, self.fingerprint) = (file, sha256, fingerprint)
  }

  /// Imports were always stored with keys as they are here.
  public func json() throws -> String {
    try JSONValue.storedText(of: self, keys: .useDefaultKeys)
  }
}

/// Which cell a file's predictions belong to.
public struct ImportedCell: Codable, Sendable, Equatable {
  /// The experiment that shows it.
  public var experiment: String
  /// The experiment's name for the dataset.
  public var dataset: String
  /// The model's name, e.g. `convnext_tiny`.
  public var model: String
  /// What the model saw.
  public var condition: Condition
  /// The pixels that the model, or the corrector before it, was given.
  public var view: ImageView
  /// Draws per image.
  public var draws: Int
  /// The distortion preset of a distorted view, where it is ours.
  public var distortion: String?
  /// The seed of a distorted view, where the distortions are ours.
  public var seed: UInt64?
  /// SHA-256 of the corrector's file, and the file.
  public var corrector: String?
  /// That file; `nil` where nothing was corrected.
  public var correctorPath: String?
  /// Where the predictions come from, in a few words.
  public var source: String

  /// - Parameter isRaw: whether what was corrected was a raw photo and no distorted one.
  public init(
    experiment: String, dataset: String, model: String, condition: Condition,
    isRaw: Bool = false, draws: Int = 1, distortion: String? = nil, seed: UInt64? = nil,
    corrector: (digest: String, path: String)? = nil, source: String = ""
  ) {
    (self.experiment, self.dataset) = (experiment, dataset)
    (self.model, self.condition) = (model, condition)
    view = condition.view(correcting: isRaw ? .raw : .distorted)
    self.draws = draws
    self.distortion = view == .distorted ? distortion : nil
    self.seed = view == .distorted ? seed : nil
    self.corrector = corrector?.digest
    correctorPath = corrector?.path
    self.source = source
  }
}
