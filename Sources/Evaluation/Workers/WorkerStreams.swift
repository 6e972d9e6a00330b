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
  static func start(_ command: String) throws -> (WorkerStreams, Process) {
    guard let (input, childInput) = socketPair(), let (output, childOutput) = socketPair(),
      let log = tmpfile()
    else { throw WorkerFailure("cannot be started (\(String(cString: strerror(errno))))") }
    let errors = dup(fileno(log))
    fclose(log)
    _ = fcntl(errors, F_SETFD, FD_CLOEXEC)
    let streams = WorkerStreams(input: input, output: output, errors: errors)
    // Only the child is to hold these, or their closing would never be noticed.
    defer {
      close(childInput)
      close(childOutput)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardInput = FileHandle(fileDescriptor: childInput, closeOnDealloc: false)
    process.standardOutput = FileHandle(fileDescriptor: childOutput, closeOnDealloc: false)
    process.standardError = FileHandle(fileDescriptor: errors, closeOnDealloc: false)
    do {
      try process.run()
    } catch {
      throw WorkerFailure("cannot be started (\(error))")
    }
    return (streams, process)
  }

  /// Two ends of a connection, ours and the child's: sending to one whose other end is gone raises no
  /// signal, as it would in a pipe.
  private static func socketPair() -> (own: Int32, child: Int32)? {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    return socketpair(AF_UNIX, kind, 0, &ends) == 0 ? (ends[0], ends[1]) : nil
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
  func ending(of process: Process) -> WorkerFailure {
    let end = Date(timeIntervalSinceNow: 5)
    while process.isRunning, Date() < end { Thread.sleep(forTimeInterval: 0.01) }
    guard !process.isRunning else {
      let problem = "closed its standard output and goes on"
      return WorkerFailure(lastWords.map { "\(problem): \($0)" } ?? problem)
    }
    let status = process.terminationStatus
    let how =
      process.terminationReason == .uncaughtSignal
      ? "was ended by signal \(status)" : "ended with exit status \(status)"
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
