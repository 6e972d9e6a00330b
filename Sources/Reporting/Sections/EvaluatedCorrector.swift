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
  ///   - file: where the corrector is known to lie now; `nil` for where it was.
  /// - Returns: `nil` for a cell that was not corrected, or none.
  /// - Throws: `UserError` when the file is gone, another one or not known.
  static func load(
    _ evaluation: EvaluationRecord?, file: String? = nil, _ load: Loader
  ) throws -> (any ImageCorrector)? {
    guard let evaluation, evaluation.condition == Condition.corrected.rawValue else { return nil }
    guard let path = file ?? evaluation.correctorPath else {
      throw UserError(
        "evaluation \(evaluation.id): which corrector made its images is not stored",
        remedy: "import it with --corrector")
    }
    guard FileManager.default.fileExists(atPath: path) else {
      throw UserError("\(path): the corrector is not there any more")
    }
    guard try FileDigest.sha256(path: path) == evaluation.correctorSHA256 else {
      throw UserError("\(path): another corrector than the one that was evaluated")
    }
    return try load(path)
  }

  /// An error as the middle of a sentence.
  static func line(_ error: any Error) -> String {
    (error as? UserError)?.problem.split(whereSeparator: \.isNewline).joined(separator: " ")
      ?? "\(error)"
  }
}
