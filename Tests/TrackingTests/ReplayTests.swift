import Support
import Testing
import Tracking

/// What it takes to make the pixels behind a prediction again.
@Suite("Replay")
struct ReplayTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  private func register(_ fingerprint: String, _ items: [DatasetRecord.Item]) throws -> [Int64] {
    try bench.store.register(
      dataset: DatasetRecord(
        fingerprint: fingerprint, name: "sample", kind: "labelled-folder", path: "/data",
        items: items))
  }

  @Test("a distortion is stored once, and another one of its name is refused")
  func distortions() throws {
    let store = bench.store
    #expect(try store.definition(ofDistortion: "mine@1") == nil)
    for _ in 0..<2 { try store.register(distortion: "mine@1", definition: "version: 1") }
    #expect(try store.definition(ofDistortion: "mine@1") == "version: 1")
    let error = #expect(throws: UserError.self) {
      try store.register(distortion: "mine@1", definition: "version: 1\nscale: 2")
    }
    #expect(error?.description.contains("another definition of mine@1") == true)
  }

  @Test("two sets share the images of the same name, label and content, and no others")
  func commonItems() throws {
    _ = try register(
      "x",
      [
        .init(name: "same", label: 1, content: "10"), .init(name: "size", label: 1, content: "10"),
        .init(name: "label", label: 1, content: "10"),
        .init(name: "crop", label: 1, content: "10\tc"),
        .init(name: "digest", label: 1, content: "10"), .init(name: "old", label: 1),
        .init(name: "mine", label: 1, content: "10"),
      ])
    let ids = try register(
      "y",
      [
        .init(name: "same", label: 1, content: "10"), .init(name: "size", label: 1, content: "11"),
        .init(name: "label", label: 2, content: "10"), .init(name: "crop", label: 1, content: "10"),
        .init(name: "digest", label: 1, content: "10"), .init(name: "old", label: 1, content: "10"),
        .init(name: "theirs", label: 1, content: "10"),
      ])
    #expect(
      try bench.store.commonItems("x", "y") == CommonItems(names: ["same", "digest"], undecided: 1))
    // As large, but other bytes.
    let first = try register("x", names.map { .init(name: $0, label: 1) })
    try bench.store.record([], digests: [first[4]: "a", ids[4]: "b", first[0]: "c", ids[0]: "c"])
    #expect(try bench.store.commonItems("y", "x").names == ["same"])
    #expect(try bench.store.digests(ofDataset: "y") == [ids[4]: "b", ids[0]: "c"])
    #expect(try bench.store.images(ofDataset: "y")["digest"] == .some("b"))
    #expect(try bench.store.images(ofDataset: "y")["size"] == .some(nil))
  }

  private let names = ["same", "size", "label", "crop", "digest", "old", "mine"]

  @Test("what an older version did not know of images is added when they are met again")
  func completed() throws {
    _ = try register(
      "f1", Workbench.dataset.items.map { .init(name: $0.name, label: $0.label, content: "5") })
    _ = try register("f2", [.init(name: "a.jpg", label: 3, content: "5")])
    #expect(try bench.store.commonItems("f1", "f2").names == ["a.jpg"])
  }

  @Test("merging brings distortions and digests along, and refuses those that contradict")
  func merged() throws {
    let other = try Workbench()
    try other.store.register(distortion: "mine@1", definition: "a")
    try other.store.record([], digests: [other.items[0]: "d"])
    _ = try bench.store.merge(from: other.store.path)
    #expect(try bench.store.definition(ofDistortion: "mine@1") == "a")
    #expect(try bench.store.digests(ofDataset: "f1") == [bench.items[0]: "d"])
    let third = try Workbench()
    try third.store.record([], digests: [third.items[0]: "e"])
    let changed = #expect(throws: UserError.self) { try bench.store.merge(from: third.store.path) }
    #expect(changed?.description.contains("a.jpg differs from the one") == true)
    let fourth = try Workbench()
    try fourth.store.register(distortion: "mine@1", definition: "b")
    let named = #expect(throws: UserError.self) { try bench.store.merge(from: fourth.store.path) }
    #expect(named?.description.contains("the distortion mine@1 differs from") == true)
  }

  @Test("a metric that is not finite comes back as it was")
  func notFinite() throws {
    let values: [Double] = [.nan, .infinity, -.infinity, 1]
    try bench.store.record(
      metrics: values.enumerated().map { MetricValue(step: $0, name: "loss", value: $1) },
      run: bench.run)
    let stored = try bench.store.metrics(run: bench.run).map(\.value)
    #expect(stored[0].isNaN && Array(stored.dropFirst()) == Array(values.dropFirst()))
    #expect(try bench.store.timedMetrics(run: bench.run)[0].metric.value.isNaN)
    try bench.store.record(
      metrics: [MetricValue(step: 9, name: "loss", value: .nan)], run: bench.run)
    let last = try bench.store.runSummaries().first { $0.run.id == bench.run }?.lastMetrics["loss"]
    #expect(last?.value.isNaN == true)
  }
}
