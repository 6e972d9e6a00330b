import Foundation
import Support
import Synchronization
import Tensors

/// The three streams of a worker, as its parent has them.
final class WorkerStreams: Sendable {
  private let input: Int32
  private let output: Int32
  /// A file without a name that takes what the worker says of itself.
  private let errors: Int32
  private let isInputOpen = Mutex(true)

  /// Takes the three over.
  init(input: Int32, output: Int32, errors: Int32) {
    (self.input, self.output, self.errors) = (input, output, errors)
  }

  deinit {
    closeInput()
    close(input)
    close(errors)
  }

  /// Starts a command of the shell.
  ///
  /// - Throws: `WorkerFailure` when that fails.
  static func start(_ command: String) throws -> (WorkerStreams, ChildProcess) {
    guard let log = tmpfile() else { throw notStarted(String(cString: strerror(errno))) }
    let errors = dup(fileno(log))
    fclose(log)
    _ = fcntl(errors, F_SETFD, FD_CLOEXEC)
    do {
      let (input, childInput) = try ChildProcess.connection()
      defer { close(childInput) }
      let (output, childOutput) = try ChildProcess.connection()
      defer { close(childOutput) }
      let streams = WorkerStreams(input: input, output: output, errors: errors)
      let process = try ChildProcess(
        "/bin/sh", ["-c", command], input: childInput, output: childOutput, errors: errors,
        leadsGroup: true)
      return (streams, process)
    } catch {
      throw notStarted("\(error)")
    }
  }

  private static func notStarted(_ reason: String) -> WorkerFailure {
    WorkerFailure("cannot be started (\(reason))")
  }

  /// Sends bytes; false when nobody takes them any more.
  func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = Foundation.send(
        input, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Ends the worker's input.
  func closeInput() {
    isInputOpen.withLock { isOpen in
      if isOpen { shutdown(input, Int32(SHUT_RDWR)) }
      isOpen = false
    }
  }

  /// Called once, by whoever reads.
  func closeOutput() { close(output) }

  /// The first line, without its end.
  ///
  /// - Throws: `WorkerFailure` for one that is too long; empty where the stream ended.
  func line() throws -> [UInt8] {
    var line: [UInt8] = []
    while let byte = read(1)?.first, byte != UInt8(ascii: "\n") {
      line.append(byte)
      guard line.count <= WorkerProtocol.helloLimit else {
        throw WorkerFailure("began with a line that does not end")
      }
    }
    return line
  }

  /// The next answer, `[N, classes]`; `nil` where the stream has ended, also within it.
  ///
  /// - Parameter most: images of the largest batch that was sent, asked when an answer comes.
  /// - Throws: `WorkerFailure` when it is no answer, or that of another batch.
  func answer(toBatch number: UInt32, classes: Int, most: () -> Int) throws -> Tensor? {
    guard let header = read(WorkerProtocol.answerHeaderLength),
      header.count == WorkerProtocol.answerHeaderLength
    else { return nil }
    let size = try WorkerProtocol.answer(header)
    guard size.number == number else {
      throw WorkerFailure("answers batch \(size.number) where batch \(number) is next")
    }
    guard size.classes == classes else {
      throw WorkerFailure("answers \(size.classes) numbers an image, not \(classes)")
    }
    // Before memory for all of them is asked for.
    guard size.images <= most() else {
      throw WorkerFailure("answers \(size.images) images, more than any batch has")
    }
    var isWhole = true
    let tensor = Tensor([size.images, size.classes]) { memory in
      isWhole = read(into: UnsafeMutableRawBufferPointer(memory)) == 4 * memory.count
    }
    guard isWhole else { return nil }
    return tensor
  }

  /// So many bytes; fewer where the stream ends among them, `nil` where it ends before.
  private func read(_ count: Int) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
      filled = read(into: UnsafeMutableRawBufferPointer(memory))
    }
    return bytes.isEmpty ? nil : bytes
  }

  private func read(into memory: UnsafeMutableRawBufferPointer) -> Int {
    var done = 0
    while done < memory.count {
      let count = Foundation.read(
        output, memory.baseAddress.map { $0 + done }, memory.count - done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      done += count
    }
    return done
  }

  /// Why a process whose output has ended did so: its status and the last line it said.
  func ending(of process: ChildProcess) -> WorkerFailure {
    let how: String
    switch process.ending(within: 5) {
    case .status(let status): how = "ended with exit status \(status)"
    case .signal(let signal): how = "was ended by signal \(signal)"
    case .unknown: how = "ended"
    case nil:
      let problem = "closed its standard output and goes on"
      return WorkerFailure(lastWords.map { "\(problem): \($0)" } ?? problem)
    }
    return WorkerFailure(lastWords.map { "\(how): \($0)" } ?? "\(how) and said nothing")
  }

  private var lastWords: String? {
    let length = lseek(errors, 0, SEEK_END)
    let start = max(0, length - 4096)
    var bytes = [UInt8](repeating: 0, count: Int(length - start))
    let count = pread(errors, &bytes, bytes.count, start)
    let lines = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
    return lines.last { !$0.allSatisfy(\.isWhitespace) }.map {
      String($0.trimmingCharacters(in: .whitespaces).prefix(400))
    }
  }
}
