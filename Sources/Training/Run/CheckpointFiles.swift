import Foundation
import Support

/// The checkpoints in a run's folder: `state.h5`, and the one before it, in case that one turns out
/// to hold what diverged.
final class CheckpointFiles {
  let path: String
  private let earlierPath: String
  /// Of the configuration and the photos: a checkpoint of another one cannot be continued.
  let identity: String
  private let length: RunLength
  private let identityOf: (_ total: Int) throws -> String
  private let note: (String) -> Void
  /// Steps that were done at the last checkpoint, of those that this process read or wrote.
  private var lastSaved: Int?

  /// Where a run's last checkpoint is.
  static func path(in folder: String) -> String { "\(folder)/state.h5" }

  /// - Parameters:
  ///   - identityOf: the identity of the same run with another number of steps in all.
  ///   - note: takes a line for the user.
  init(
    folder: String, length: RunLength, identityOf: @escaping (_ total: Int) throws -> String,
    note: @escaping (String) -> Void
  ) throws {
    path = Self.path(in: folder)
    earlierPath = "\(folder)/state-before.h5"
    (self.length, self.identityOf, self.note) = (length, identityOf, note)
    identity = try identityOf(length.total)
  }

  /// Whether there is one.
  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// The last one.
  ///
  /// - Throws: `UserError` when it is damaged or another run's.
  func read() throws -> Checkpoint {
    let checkpoint = try Checkpoint(path: path)
    guard try continues(checkpoint), checkpoint.step >= 0 else {
      throw UserError(
        "\(path): belongs to another configuration, number of steps or set of photos",
        remedy: "resume with the same ones, or choose another --output")
    }
    lastSaved = checkpoint.step
    return checkpoint
  }

  /// Whether this run goes on from a checkpoint: its own, or that of the end of the same run with fewer
  /// steps.
  private func continues(_ checkpoint: Checkpoint) throws -> Bool {
    if checkpoint.identity == identity { return true }
    guard let known = checkpoint.length, known.planned == length.planned,
      known.total < length.total, checkpoint.step == known.total
    else { return false }
    return try checkpoint.identity == identityOf(known.total)
  }

  /// Writes the next one.
  ///
  /// - Throws: `UserError` when it cannot be written; the one before stays.
  func write(_ checkpoint: Checkpoint) throws {
    if lastSaved != nil { keepEarlier() }
    try checkpoint.write(to: path)
    lastSaved = checkpoint.step
  }

  /// What a run that diverged can go back to.
  enum Good {
    case none
    /// `state.h5`, of this step: a step after it went well.
    case last(step: Int)
    /// The one before it, which now is `state.h5`.
    case earlier(Checkpoint)
  }

  /// The last checkpoint from which a step went well, when the step `step` (from 0) did not.
  ///
  /// - Parameter accept: takes an earlier one before it becomes `state.h5`, with its file.
  /// - Throws: `UserError` when it is damaged, and what `accept` throws.
  func good(
    before step: Int, accept: (_ checkpoint: Checkpoint, _ file: String) throws -> Void
  ) throws -> Good {
    guard let lastSaved else { return .none }
    // Anything between shows that the checkpoint is sound.
    guard lastSaved == step else { return .last(step: lastSaved) }
    guard FileManager.default.fileExists(atPath: earlierPath) else { return .none }
    let checkpoint = try Checkpoint(path: earlierPath)
    try accept(checkpoint, earlierPath)
    return rename(earlierPath, path) == 0 ? .earlier(checkpoint) : .none
  }

  /// Keeps the last checkpoint beside the one that is about to take its place. Training needs it only
  /// should it diverge: where it cannot be kept, a line says so.
  private func keepEarlier() {
    let files = FileManager.default
    do {
      if files.fileExists(atPath: earlierPath) { try files.removeItem(atPath: earlierPath) }
      // A link, so that state.h5 is there at any time.
      try files.linkItem(atPath: path, toPath: earlierPath)
    } catch {
      note("\(earlierPath): cannot be kept (\(error.localizedDescription))")
    }
  }
}
