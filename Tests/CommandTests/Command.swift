import Foundation
import Synchronization
import Testing

/// What a program left behind when it ended.
struct Output: Sendable {
  /// The exit status; 128 + N when signal N ended it, as a shell counts.
  let status: Int32
  let bytes: [UInt8]
  let errors: String

  /// Standard output.
  var text: String { String(decoding: bytes, as: UTF8.self) }
  var lines: [String] { Self.lines(text) }
  var errorLines: [String] { Self.lines(errors) }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
  }
}

/// The built program, run as its users run it.
final class Command: Sendable {
  /// `realitygap`, which SwiftPM puts beside the resources of the tests.
  static let program = Bundle.module.bundleURL.deletingLastPathComponent()
    .appendingPathComponent("realitygap").path

  private let process: Process
  private let files: (out: String, err: String)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts the program in a folder. With `shell`, a script for `sh` is started instead, in which
  /// `"$RG"` is the program and `"$@"` are the arguments.
  init(_ arguments: [String], in folder: TemporaryFolder, shell: String? = nil) throws {
    files = (folder.file(".out-\(UUID().uuidString)"), folder.file(".err-\(UUID().uuidString)"))
    process = Process()
    process.executableURL = URL(fileURLWithPath: shell == nil ? Self.program : "/bin/sh")
    process.arguments = shell.map { ["-c", $0, "sh"] + arguments } ?? arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(["RG": Self.program]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.newFile(files.out)
    process.standardError = try Self.newFile(files.err)
    process.terminationHandler = { [ended] _ in ended.signal() }
    try process.run()
  }

  private static func newFile(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(fileURLWithPath: path))
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Seconds that a command may take; more where the environment says so, as under a sanitizer.
  private static let timeout =
    ProcessInfo.processInfo.environment["REALITYGAP_TEST_SECONDS"].flatMap(Double.init) ?? 300

  /// Waits for the end; a program that takes longer is killed.
  func finish() throws -> Output {
    if ended.wait(timeout: .now() + Self.timeout) == .timedOut {
      send(SIGKILL)
      ended.wait()
      Issue.record("killed after \(Self.timeout) s")
    }
    let signalled = process.terminationReason == .uncaughtSignal
    return Output(
      status: process.terminationStatus + (signalled ? 128 : 0),
      bytes: try [UInt8](Data(contentsOf: URL(fileURLWithPath: files.out))),
      errors: String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: files.err)), as: UTF8.self))
  }

  /// Runs the program to its end.
  static func run(_ arguments: [String], in folder: TemporaryFolder) throws -> Output {
    try Command(arguments, in: folder).finish()
  }

  /// Runs a script of `sh` to its end; see `init`.
  static func shell(
    _ script: String, _ arguments: [String] = [], in folder: TemporaryFolder
  ) throws -> Output {
    try Command(arguments, in: folder, shell: script).finish()
  }
}

/// Expects exit code 1 and one line that says why, with all of `words` in it; before it there may
/// be progress, but only where `afterProgress` says so.
func expectFailure(
  _ output: Output, _ words: String..., afterProgress: Bool = false,
  at location: SourceLocation = #_sourceLocation
) {
  #expect(output.status == 1, "\(output.errors)", sourceLocation: location)
  let errors = output.errorLines.filter { $0.hasPrefix("Error: ") }
  #expect(errors.count == 1, "\(output.errors)", sourceLocation: location)
  #expect(output.errorLines.last == errors.first, "\(output.errors)", sourceLocation: location)
  if !afterProgress {
    #expect(output.errorLines.count == 1, "\(output.errors)", sourceLocation: location)
  }
  for word in words {
    #expect(errors.first?.contains(word) == true, "\(output.errors)", sourceLocation: location)
  }
  expectNoCrash(output, at: location)
}

/// Expects that the program was not ended by a trap or a bad access, and left no trace of one.
func expectNoCrash(_ output: Output, at location: SourceLocation = #_sourceLocation) {
  for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGSEGV] {
    #expect(output.status != 128 + signal, "\(output.errors)", sourceLocation: location)
  }
  for word in ["Fatal error", "Crash", "Stack dump", "backtrace", "NSCocoaErrorDomain"] {
    #expect(!output.errors.contains(word), "\(output.errors)", sourceLocation: location)
  }
}

/// Expects exit code 0.
func expectSuccess(_ output: Output, at location: SourceLocation = #_sourceLocation) {
  #expect(output.status == 0, "\(output.errors)", sourceLocation: location)
}
