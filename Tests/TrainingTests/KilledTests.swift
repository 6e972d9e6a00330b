import Foundation
import Support
import Testing
import Tracking

/// The program itself, killed in the middle of training.
@Suite("realitygap train, killed")
struct KilledTests {
  private static func program() throws -> URL {
    let url = Bundle.module.bundleURL.deletingLastPathComponent()
      .appendingPathComponent("realitygap")
    try #require(FileManager.default.isExecutableFile(atPath: url.path), "\(url.path)")
    return url
  }

  private func start(_ arguments: [String], log: String) throws -> Process {
    let process = Process()
    process.executableURL = try Self.program()
    process.arguments = arguments
    try Data().write(to: URL(fileURLWithPath: log))
    let handle = try #require(FileHandle(forWritingAtPath: log))
    (process.standardOutput, process.standardError) = (handle, handle)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Waits until it ends, at most so many seconds.
  private func end(of process: Process, log: String, seconds: Double = 120) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while process.isRunning, Date() < deadline { usleep(5000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    try #require(process.terminationStatus == 0, "\(said.suffix(500))")
  }

  @Test("kill -9 and --resume end with the corrector of an undisturbed run")
  func killed() throws {
    let workshop = try Workshop()
    let folder = workshop.folder
    let yaml = folder.file("tiny.yaml")
    try AtomicFile.write(
      tinyYAML(steps: (10, 30), checkpoint: 5, extra: "averaging: 0.9"), to: yaml)
    func arguments(_ output: String) -> [String] {
      [
        "train", yaml, "--images", workshop.photos, "--output", folder.file(output), "--database",
        folder.file("\(output).sqlite"), "--engine", "openblas", "--threads", "1",
      ]
    }
    let log = folder.file("whole.log")
    try end(of: try start(arguments("whole"), log: log), log: log)

    let (victimLog, state) = (folder.file("victim.log"), folder.file("victim/state.h5"))
    let victim = try start(arguments("victim"), log: victimLog)
    let deadline = Date().addingTimeInterval(60)
    while victim.isRunning, Date() < deadline, !FileManager.default.fileExists(atPath: state) {
      usleep(500)
    }
    kill(victim.processIdentifier, SIGKILL)
    victim.waitUntilExit()
    #expect(victim.terminationReason == .uncaughtSignal)
    #expect(victim.terminationStatus == SIGKILL)

    let resumed = try start(arguments("victim") + ["--resume"], log: victimLog)
    try end(of: resumed, log: victimLog)
    #expect(
      try String(contentsOfFile: victimLog, encoding: .utf8).contains("resuming at step"))
    #expect(differences(try workshop.bits("whole"), try workshop.bits("victim")) == [])
    // One run, whose metrics have no gap.
    let store = try Store(path: folder.file("victim.sqlite"))
    let runs = try store.runs()
    #expect(runs.map(\.status) == [.finished])
    let run = try #require(runs.first)
    #expect(run.resumed == 1)
    #expect(try store.metrics(run: run.id, name: "train/loss").map(\.step) == Array(1...40))
    // What the program stores of its configuration is what phases are read from.
    let phases = TrainingPhases(configuration: run.configuration).phases
    #expect(phases.map(\.steps) == [1...10, 11...40] && phases.allSatisfy { $0.losses != nil })
    #expect(phases.map(\.name) == ["look", "paint"])
  }
}
