import Foundation
import Support
import Tensors

/// A child process that answers batches with logits, in their order. One thread sends batches, another
/// takes answers, so that neither side waits for the other while there is work.
///
/// Unchecked: what changes is guarded by `condition` or belongs to `sending`; the rest is set once.
final class WorkerProcess: @unchecked Sendable {
  private let process: ChildProcess
  private let streams: WorkerStreams
  private let timeLimit: TimeInterval
  private let sending = DispatchQueue(label: "batches for a worker")
  /// The number of the next batch; `sending` alone touches it.
  private var nextBatch: UInt32 = 0
  private let condition = NSCondition()
  private var greeting: WorkerHello?
  private var answers: [Tensor] = []
  /// Images of the largest batch.
  private var mostImages = 0
  private var failure: WorkerFailure?

  /// Starts a process.
  ///
  /// - Parameters:
  ///   - command: for the shell.
  ///   - classes: that it has to have.
  ///   - timeLimit: seconds that it may take to begin, and for each answer.
  /// - Throws: `WorkerFailure` when it cannot be started.
  init(command: String, classes: Int, timeLimit: TimeInterval) throws {
    self.timeLimit = timeLimit
    (streams, process) = try WorkerStreams.start(command)
    Thread.detachNewThread { [self] in receive(classes: classes) }
  }

  /// What it said first; waits for that.
  ///
  /// - Throws: `WorkerFailure` when it said something else, ended, or was silent for too long.
  func hello() throws -> WorkerHello { try wait("say which model it is") { greeting } }

  /// Sends a batch `[N, H, W, C]`, soon.
  func send(_ batch: Tensor) {
    publish { mostImages = max(mostImages, batch.shape[0]) }
    sending.async { [self] in
      let header = WorkerProtocol.request(nextBatch, batch.shape)
      nextBatch &+= 1
      // What fails here is noticed by whoever waits for the answer.
      guard header.withUnsafeBytes(streams.send) else { return }
      _ = batch.withUnsafeBufferPointer { streams.send(UnsafeRawBufferPointer($0)) }
    }
  }

  /// The next answer, `[N, classes]`; waits for it.
  ///
  /// - Throws: `WorkerFailure` when it was none, the process ended, or was silent for too long.
  func answer() throws -> Tensor {
    try wait("answer") { answers.isEmpty ? nil : answers.removeFirst() }
  }

  /// Ends the process: by the end of its input, else by a signal.
  func stop() {
    streams.closeInput()
    if process.ending(within: 2) == nil { process.kill() }
  }

  private func wait<Result>(_ what: String, for result: () -> Result?) throws -> Result {
    let end = Date(timeIntervalSinceNow: timeLimit)
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = result() { return result }
      if let failure { throw failure }
      guard condition.wait(until: end) else {
        process.kill()
        throw WorkerFailure(
          "did not \(what) for \(timeLimit.formatted()) s",
          remedy: "give it more time with --classifier-timeout, or smaller batches with --batch")
      }
    }
  }

  // MARK: - The receiving thread

  private func receive(classes: Int) {
    do {
      let line = try streams.line()
      guard !line.isEmpty else { throw streams.ending(of: process) }
      let hello = try WorkerHello(line: line, classes: classes)
      publish { greeting = hello }
      var number: UInt32 = 0
      while let answer = try streams.answer(
        toBatch: number, classes: classes, most: { largestBatch })
      {
        publish { answers.append(answer) }
        number &+= 1
      }
      throw streams.ending(of: process)
    } catch let failure as WorkerFailure {
      process.kill()
      publish { self.failure = failure }
    } catch {
      publish { failure = WorkerFailure("\(error)") }
    }
    streams.closeOutput()
  }

  private var largestBatch: Int {
    condition.lock()
    defer { condition.unlock() }
    return mostImages
  }

  private func publish(_ change: () -> Void) {
    condition.lock()
    change()
    condition.broadcast()
    condition.unlock()
  }
}
