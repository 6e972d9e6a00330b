import Datasets
import Support
import Tracking

extension DistortionDraws {
  /// The distortions of a stored cell, sampled again: they are determined by definition, seed, image
  /// and draw.
  ///
  /// - Returns: `nil` for a cell whose images were not distorted.
  /// - Throws: `UserError` saying why a cell's distortions cannot be sampled again.
  public init?(_ evaluation: EvaluationRecord, store: Store) throws {
    guard evaluation.view == .distorted else { return nil }
    guard let identity = evaluation.distortion, let seed = evaluation.seed else {
      throw UserError(
        "evaluation \(evaluation.id) does not record how its images were distorted",
        remedy: "import it with --distortion and --seed")
    }
    self.init(
      try Self.distortion(identity, of: evaluation, store), seed: UInt64(bitPattern: seed))
  }

  /// As it was stored with the cell. Older versions of the program stored its name alone: a preset's,
  /// or that of a file, which then must still be there.
  private static func distortion(
    _ identity: String, of evaluation: EvaluationRecord, _ store: Store
  ) throws -> Distortion {
    if let definition = try store.definition(ofDistortion: identity) {
      return try Distortion(definition: definition, identity: identity)
    }
    if Distortion.isPreset(identity) { return try Distortion.named(identity) }
    let run = try store.run(evaluation.runID)
    guard let file = run?.evaluation?.experiment.distortionFile else {
      throw UserError("distortion \(identity) is not stored in \(store.path)")
    }
    let found = try Distortion.named(file)
    guard found.identity == identity else {
      throw UserError("\(file): has changed; it was distortion \(identity)")
    }
    return found
  }
}
