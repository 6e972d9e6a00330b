import Foundation
import GRDB
import Support
import Testing
import Tracking

@Suite("Whether a run's process lives")
struct LivenessTests {
  private static let here = ProcessIdentity(
    host: "a", pid: 1, start: "boot1/5", namespace: "pid:[1]")
  private static let booted = Date(timeIntervalSince1970: 1000)

  /// What can be proved here, where the machine started at 1000 s and the last sign came at `sign`.
  private func state(
    host: String = "a", start: String? = "boot1/7", namespace: String? = "pid:[1]",
    sign: Double = 2000, sees sighting: ProcFS.Sighting
  ) -> ProcessIdentity.State {
    ProcessIdentity(host: host, pid: 7, start: start, namespace: namespace).state(
      lastSign: Date(timeIntervalSince1970: sign), observer: Self.here, bootTime: Self.booted
    ) { _ in sighting }
  }

  @Test("only a process that could be seen and is not there is gone")
  func proof() {
    #expect(state(sees: .started("boot1/7")) == .alive)
    #expect(state(sees: .nobody) == .gone)
    #expect(state(sees: .started("boot1/9")) == .gone, "the pid is another process's now")
    #expect(state(sees: .hidden) == .unseen)
    #expect(state(namespace: "pid:[2]", sees: .nobody) == .unseen, "another container")
    #expect(state(host: "b", start: "boot2/7", sees: .nobody) == .unseen, "another host")
    #expect(state(host: "b", sees: .nobody) == .unseen, "a container with a name of its own")
    #expect(state(host: "b", sees: .started("boot1/7")) == .alive)
  }

  @Test("a machine that started anew since is proof; another of the same name is none")
  func reboot() {
    #expect(state(start: "boot0/7", sign: 800, sees: .started("boot1/7")) == .gone)
    #expect(state(start: "boot0/7", sign: 900, sees: .nobody) == .unseen, "as another's may be")
    #expect(state(start: "boot0/7", sign: 1100, sees: .nobody) == .unseen)
    #expect(state(host: "b", start: "boot0/7", sign: 800, sees: .nobody) == .unseen)
  }

  @Test("without its boot, a pid says nothing: a machine of the same name may have it")
  func unknownBoot() {
    #expect(state(start: nil, sees: .nobody) == .unseen)
    #expect(state(start: nil, namespace: nil, sees: .nobody) == .unseen)
  }

  @Test("a run that may live is not taken up, and the line says whose it is")
  func takenUpTooEarly() throws {
    let bench = try Workbench()
    try edit(bench.store, "pid_namespace = 'pid:[7]', pid = 2147483646")
    let error = try #require(throws: UserError.self) { try bench.store.resumeRun(bench.run) }
    #expect(error.description.contains("still running (process 2147483646 in another container"))
    #expect(error.description.contains("counts as interrupted after 120 s"))
    try edit(bench.store, "heartbeat_at = '2020-01-01T00:00:00.000Z'")
    try bench.store.resumeRun(bench.run)
    #expect(try bench.store.run(bench.run)?.status == .running)
  }

  @Test("what cannot be seen counts as gone when its last sign of life is long ago")
  func heartbeat() {
    let now = Date(timeIntervalSince1970: 10_000)
    let (fresh, old) = (now - Heartbeat.expiry + 1, now - Heartbeat.expiry - 1)
    #expect(Liveness(.unseen, fresh, now: now) == .beating(fresh))
    #expect(Liveness(.unseen, old, now: now) == .gone)
    #expect(Liveness(.unseen, nil, now: now) == .unknown)
    #expect(Liveness(.alive, old, now: now) == .alive, "stopped, but there")
    #expect(Liveness(.gone, fresh, now: now) == .gone)
    // Another host's clock may be ahead.
    #expect(Liveness(.unseen, now + 60, now: now) == .beating(now + 60))
  }

  private func edit(_ store: Store, _ assignments: String) throws {
    try DatabaseQueue(path: store.path).write {
      try $0.execute(sql: "UPDATE runs SET \(assignments)")
    }
  }

  @Test("a run in another container stays running until its signs of life stop")
  func container() throws {
    let bench = try Workbench()
    try edit(bench.store, "pid_namespace = 'pid:[7]', pid = 2147483646")
    #expect(try Store(path: bench.store.path).run(bench.run)?.status == .running)
    try edit(bench.store, "heartbeat_at = '2020-01-01T00:00:00.000Z'")
    #expect(try Store(path: bench.store.path).run(bench.run)?.status == .interrupted)
  }

  @Test("a process that was taken for gone says that it lives, and its own end counts")
  func comesBack() throws {
    let bench = try Workbench()
    try edit(bench.store, "status = 'interrupted', heartbeat_at = '2020-01-01T00:00:00.000Z'")
    try bench.store.beat([bench.run])
    let back = try #require(try bench.store.run(bench.run))
    #expect(back.status == .running && back.heartbeatAt?.hasPrefix("2020") == false)
    try edit(bench.store, "status = 'interrupted'")
    try bench.store.finishRun(bench.run, status: .finished)
    #expect(try bench.store.run(bench.run)?.status == .finished)
    // It has ended: no sign of life brings it back.
    try edit(bench.store, "status = 'interrupted'")
    try bench.store.beat([bench.run])
    #expect(try bench.store.run(bench.run)?.status == .interrupted)
  }

  @Test("a run that another process went on with is not ended by the one that was taken for gone")
  func takenOver() throws {
    let bench = try Workbench()
    try edit(bench.store, "status = 'interrupted', pid = pid + 1")
    try bench.store.finishRun(bench.run, status: .failed, error: "late")
    #expect(try bench.store.run(bench.run)?.status == .interrupted)
  }
}
