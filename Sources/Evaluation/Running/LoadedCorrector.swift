import Models
import NeuralNetworks
import Support
import Synchronization
import Tensors

/// A corrector G from its file, ready to run on batches.
public final class LoadedCorrector: ImageCorrector {
  public let digest: String
  private let state: Mutex<State>

  private struct State: @unchecked Sendable {
    let corrector: Corrector
    let tape: Tape
  }

  /// - Throws: `UserError` naming the file when it is missing, damaged or no corrector.
  public init(
    path: String, backend: any Backend, context: ComputeContext
  ) throws {
    digest = try FileDigest.sha256(path: path)
    state = Mutex(
      State(
        corrector: try CorrectorFile.load(path), tape: Tape(backend: backend, context: context)))
  }

  /// - Throws: `UserError` when ŷ is not finite: it would be shown as black pixels.
  public func correct(_ images: Tensor) throws -> Tensor {
    let corrected = try state.withLock { state in
      try state.tape.withoutRecording {
        try state.corrector(state.tape, state.tape.constant(images)).corrected.value
      }
    }
    let isFinite = corrected.withUnsafeBufferPointer { $0.allSatisfy(\.isFinite) }
    guard isFinite else {
      throw UserError(
        "the corrector's output is not finite (SHA-256 \(digest))", remedy: "train it again")
    }
    return corrected
  }
}
