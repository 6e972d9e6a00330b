import Foundation
import GRDB
import Support
import Testing
import Tracking

@Suite("Runs, metrics, artifacts, tags")
struct RunTests {
  @Test("a run keeps what it was started with and how it ended")
  func lifecycle() throws {
    let bench = try Workbench()
    let started = try #require(try bench.store.run(bench.run))
    #expect(started.status == .running)
    #expect(started.command == "realitygap run")
    #expect(started.versions == #"{"realitygap":"0.1"}"#)
    #expect(started.finishedAt == nil)
    try bench.store.finishRun(bench.run, status: .failed, error: "no space")
    let ended = try #require(try bench.store.run(bench.run))
    #expect(ended.status == .failed && ended.error == "no space")
    #expect(try #require(ended.finishedAt) >= ended.startedAt)
    #expect(try bench.store.run(77) == nil)
  }

  @Test("a run of a dead process is interrupted when the database is opened next")
  func deadProcess() throws {
    let bench = try Workbench()
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sh")
    child.arguments = ["-c", "exit 0"]
    try child.run()
    let pid = child.processIdentifier
    child.waitUntilExit()
    try DatabaseQueue(path: bench.store.path).write {
      try $0.execute(sql: "UPDATE runs SET pid = ?", arguments: [pid])
    }
    let reopened = try Store(path: bench.store.path)
    #expect(try reopened.run(bench.run)?.status == .interrupted)
  }

  @Test("a live process's run, and one on another host, stay running")
  func liveProcess() throws {
    let bench = try Workbench()
    let elsewhere = try bench.store.startRun(Workbench.newRun)
    try DatabaseQueue(path: bench.store.path).write {
      try $0.execute(
        sql: "UPDATE runs SET host = 'elsewhere', pid = 2147483646 WHERE id = ?",
        arguments: [elsewhere])
    }
    let reopened = try Store(path: bench.store.path)
    #expect(try reopened.runs().map(\.status) == [.running, .running])
  }

  @Test("a pid that was given to another process since is recognised (Linux)")
  func reusedPid() throws {
    guard FileManager.default.fileExists(atPath: "/proc/self/stat") else { return }
    let bench = try Workbench()
    try DatabaseQueue(path: bench.store.path).write {
      try $0.execute(sql: "UPDATE runs SET process_start = process_start || '0'")
    }
    #expect(try Store(path: bench.store.path).run(bench.run)?.status == .interrupted)
  }

  @Test("an interrupted run of the same configuration is continued, a running one is not")
  func resume() throws {
    let bench = try Workbench()
    #expect(try bench.store.openRun(Workbench.newRun) != bench.run)
    #expect(throws: UserError.self) { try bench.store.resumeRun(bench.run) }
    try bench.store.finishRun(bench.run, status: .interrupted)
    var other = Workbench.newRun
    other.configuration = "{}"
    #expect(try bench.store.openRun(other) != bench.run)
    #expect(try bench.store.openRun(Workbench.newRun) == bench.run)
    let run = try #require(try bench.store.run(bench.run))
    #expect(run.status == .running && run.resumed == 1 && run.finishedAt == nil)
  }

  @Test("of two that open the same stopped run at once, one takes it over and one starts anew")
  func openedAtOnce() async throws {
    let bench = try Workbench()
    try bench.store.finishRun(bench.run, status: .interrupted)
    let path = bench.store.path
    async let first = Store(path: path).openRun(Workbench.newRun)
    async let second = Store(path: path).openRun(Workbench.newRun)
    #expect(try await Set([first, second]) == [bench.run, bench.run + 1])
    #expect(try bench.store.runs().map(\.status) == [.running, .running])
    #expect(try bench.store.run(bench.run)?.resumed == 1)
  }

  @Test("stopped runs of which nothing is left to do are finished, others stay as they are")
  func finishStopped() throws {
    let bench = try Workbench()
    try bench.store.finishRun(bench.run, status: .failed, error: "no space")
    let alive = try bench.store.startRun(Workbench.newRun)
    try bench.store.finishStoppedRuns(kind: .evaluate, name: "sample", configuration: "{}")
    #expect(try bench.store.run(bench.run)?.status == .failed)
    try bench.store.finishStoppedRuns(
      kind: .evaluate, name: "sample", configuration: Workbench.newRun.configuration)
    let run = try #require(try bench.store.run(bench.run))
    #expect(run.status == .finished && run.error == nil && run.finishedAt != nil)
    #expect(try bench.store.run(alive)?.status == .running)
  }

  @Test("metrics are replaced by step and name, and NaN survives")
  func metrics() throws {
    let bench = try Workbench()
    try bench.store.record(
      metrics: [.init(step: 2, name: "loss", value: 9), .init(step: 1, name: "loss", value: 4)],
      run: bench.run)
    try bench.store.record(
      metrics: [.init(step: 2, name: "loss", value: 3), .init(step: 1, name: "d", value: .nan)],
      run: bench.run)
    let loss = try bench.store.metrics(run: bench.run, name: "loss")
    #expect(loss.map(\.value) == [4, 3])
    let all = try bench.store.metrics(run: bench.run)
    #expect(all.count == 3 && all[0].name == "d" && all[0].value.isNaN)
  }

  @Test("a corrector's file leads to the run that trained it")
  func artifacts() throws {
    let bench = try Workbench()
    let training = try bench.store.startRun(
      NewRun(kind: .train, name: "paper", configuration: "{}", command: "", versions: [:]))
    let file = Artifact(path: "g/corrector.h5", kind: "corrector", sha256: "c1")
    try bench.store.record(artifact: file, run: training)
    try bench.store.record(artifact: file, run: bench.run)
    #expect(try bench.store.artifacts(run: training) == [file])
    #expect(try bench.store.trainingRun(ofFile: "c1") == training)
    #expect(try bench.store.trainingRun(ofFile: "c2") == nil)
  }

  @Test("notes and tags are kept and replaced")
  func notesAndTags() throws {
    let bench = try Workbench()
    try bench.store.note("first try", run: bench.run)
    try bench.store.tag("good", run: bench.run)
    try bench.store.tag("lab", value: "a", run: bench.run)
    try bench.store.tag("lab", value: "b", run: bench.run)
    #expect(try bench.store.run(bench.run)?.notes == "first try")
    #expect(try bench.store.tags(run: bench.run) == ["good": "", "lab": "b"])
  }

  @Test("what a run found in its data takes the place of what it found before, set by set")
  func dataNotes() throws {
    let bench = try Workbench()
    try bench.store.record(notes: ["a", "b"], dataset: "one", run: bench.run)
    try bench.store.record(notes: ["c"], dataset: "two", run: bench.run)
    try bench.store.record(notes: ["d"], dataset: "one", run: bench.run)
    #expect(
      try bench.store.dataNotes(run: bench.run) == [
        DataNote(dataset: "one", text: "d"), DataNote(dataset: "two", text: "c"),
      ])
    let other = try bench.store.startRun(Workbench.newRun)
    #expect(try bench.store.dataNotes(run: other) == [])
  }

  @Test("a damaged photo is noted once, stays when a run goes on, and is read with the others")
  func damagedPhotos() throws {
    let bench = try Workbench()
    func damaged(_ name: String, _ dataset: String = "one") -> DataNote {
      DataNote(dataset: dataset, item: name, damage: "early end (at 7)")
    }
    let names = ["a.jpg", "b.jpg", "c: d.jpg", "e.jpg"]
    try bench.store.record(notes: ["x"], dataset: "one", run: bench.run)
    for _ in 0..<2 { try bench.store.add(notes: names.map { damaged($0) }, run: bench.run) }
    try bench.store.add(notes: [damaged("a.jpg", "two")], run: bench.run)
    try bench.store.record(notes: ["y"], dataset: "one", run: bench.run)
    let notes = try bench.store.dataNotes(run: bench.run)
    #expect(
      notes == [DataNote(dataset: "one", text: "y")] + names.map { damaged($0) }
        + [damaged("a.jpg", "two")])
    #expect(notes.map(\.isDamage) == [false, true, true, true, true, true])
    #expect(notes[1].text == "a.jpg: damaged (early end (at 7)); decoded as Pillow does")
    let sound = DataNote(dataset: "one", text: "y")
    let all =
      "4 photos are damaged and were decoded as Pillow does: a.jpg (early end (at 7)), "
      + "b.jpg (early end (at 7)), c: d.jpg (early end (at 7)) and 1 more"
    let one = "1 photo is damaged and was decoded as Pillow does: a.jpg (early end (at 7))"
    #expect(
      notes.forReading == [
        sound, DataNote(dataset: "one", text: all), DataNote(dataset: "two", text: one),
      ])
    #expect([sound].forReading == [sound])
  }

  @Test("photos that a run could not use are there once, with the last reason")
  func leftOut() throws {
    let bench = try Workbench()
    func item(_ name: String, _ reason: String, _ dataset: String = "images") -> LeftOutItem {
      LeftOutItem(dataset: dataset, item: name, reason: reason)
    }
    try bench.store.record(leftOut: [item("b", "x"), item("a", "x")], run: bench.run)
    try bench.store.record(leftOut: [item("b", "y"), item("b", "z", "validation")], run: bench.run)
    #expect(
      try bench.store.leftOut(run: bench.run) == [
        item("a", "x"), item("b", "y"), item("b", "z", "validation"),
      ])
  }
}
