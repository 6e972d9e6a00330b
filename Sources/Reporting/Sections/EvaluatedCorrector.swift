import Evaluation
import Foundation
import Support
import Tracking

/// The corrector that made a cell, loaded again for pictures.
enum EvaluatedCorrector {
  /// Loads a corrector from its file.
  typealias Loader = (_ path: String) throws -> any ImageCorrector

  /// - Parameters:
  ///   - evaluation: the corrected cell.
  ///   - file: where the corrector is now; `nil` for where it was.
  /// - Returns: `nil` for a cell that was not corrected, or none.
  /// - Throws: `UserError` when the file is missing, has changed or is unknown.
  static func load(
    _ evaluation: EvaluationRecord?, file: String? = nil, _ load: Loader
  ) throws -> (any ImageCorrector)? {
    guard let evaluation, evaluation.condition == .corrected else { return nil }
    guard let path = file ?? evaluation.correctorPath else {
      throw UserError(
        "evaluation \(evaluation.id): the corrector of its images is not recorded",
        remedy: "import it with --corrector")
    }
    guard FileManager.default.fileExists(atPath: path) else {
      throw UserError("\(path): the corrector is missing")
    }
    guard try FileDigest.sha256(path: path) == evaluation.correctorSHA256 else {
      throw UserError("\(path): not the corrector that was evaluated")
    }
    return try load(path)
  }

  /// An error as the middle of a sentence.
  static func line(_ error: any Error) -> String {
    (error as? UserError)?.problem.onOneLine ?? "\(error)"
  }
}
