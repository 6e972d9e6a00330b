import Foundation
import Support
import Tensors
import Tracking

/// A classifier in a process of its own, which any program can be that speaks the protocol of
/// Documentation/Workers.md.
public final class ExternalClassifier: ImageClassifier {
  /// As the experiment calls it.
  public let name: String
  private let worker: WorkerProcess
  private let hello: WorkerHello
  /// What to call it in errors.
  private let title: String

  /// Starts its process and waits until it has said which model it is.
  ///
  /// - Parameters:
  ///   - classes: how many it must have.
  ///   - timeLimit: seconds that it may take for that, and for each answer.
  /// - Throws: `UserError` naming the classifier when it says something else, ends, or says nothing.
  public init(_ model: ExternalModel, classes: Int, timeLimit: TimeInterval) throws {
    name = model.name
    let title = "classifier \(model.name) (\(model.command))"
    self.title = title
    (worker, hello) = try Self.naming(title) {
      let worker = try WorkerProcess(
        command: model.command, classes: classes, timeLimit: timeLimit)
      do {
        return (worker, try worker.hello())
      } catch {
        worker.stop()
        throw error
      }
    }
  }

  deinit { worker.stop() }

  /// SHA-256 of what decides its logits, as its process says.
  public var weightsDigest: String { hello.digest }

  /// What is recorded of it.
  ///
  /// - Parameter command: that it was started with.
  public func record(command: String) -> WeightsRecord {
    WeightsRecord(
      sha256: hello.digest, architecture: name, path: command, source: hello.source)
  }

  /// Of the libraries that compute.
  public var engineVersion: String? { hello.engineVersion }

  /// Whether it computes while this process does other things.
  public var computesElsewhere: Bool { true }

  /// Logits `[N, classes]` of a batch `[N, 224, 224, 3]`, normalised.
  ///
  /// - Throws: `UserError` naming the classifier when its process fails.
  public func logits(_ batch: Tensor) throws -> Tensor { try logits(ofParts: [batch])[0] }

  /// The same for several batches, all of which are on their way at once.
  public func logits(ofParts batches: [Tensor]) throws -> [Tensor] { try begin(batches)() }

  /// Sends batches; what this returns waits for their logits. Calls are answered in their order.
  public func begin(_ batches: [Tensor]) -> () throws -> [Tensor] {
    batches.forEach(worker.send)
    return { [self] in
      try Self.naming(title) {
        try batches.map { batch in
          let logits = try worker.answer()
          guard logits.shape[0] == batch.shape[0] else {
            throw WorkerFailure("answers \(logits.shape[0]) of \(batch.shape[0]) images")
          }
          return logits
        }
      }
    }
  }

  private static func naming<Result>(_ title: String, _ body: () throws -> Result) throws -> Result
  {
    do {
      return try body()
    } catch let failure as WorkerFailure {
      throw UserError("\(title): \(failure.problem)", remedy: failure.remedy)
    }
  }
}
