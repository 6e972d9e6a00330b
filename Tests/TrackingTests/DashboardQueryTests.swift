import Foundation
import Support
import Testing
import Tracking

@Suite struct RunPageQueryTests {
  private func bench() throws -> Workbench {
    let bench = try Workbench()
    for index in 1...5 {
      var run = Workbench.newRun
      run.name = index.isMultiple(of: 2) ? "even" : "odd"
      let id = try bench.store.startRun(run)
      // Its highest value comes before its last one.
      try bench.store.record(
        metrics: [
          MetricValue(step: 1, name: "psnr", value: 99),
          MetricValue(step: 2, name: "psnr", value: Double(10 - index)),
        ], run: id)
      try bench.store.tag("lab", value: "room \(index)", run: id)
    }
    return bench
  }

  @Test func `pages follow each other without a gap`() throws {
    let store = try bench().store
    var query = RunQuery()
    query.count = 4
    let (first, total) = try store.runs(query)
    query.offset = 4
    let (second, _) = try store.runs(query)
    #expect(total == 6)
    #expect((first + second).map(\.summary.run.id) == [6, 5, 4, 3, 2, 1])
  }

  @Test func `runs are ordered by a metric's last value, those without it last`() throws {
    let store = try bench().store
    var query = RunQuery()
    (query.metric, query.order, query.isDescending) = ("psnr", .metric, false)
    #expect(try store.runs(query).runs.map(\.metric) == [5, 6, 7, 8, 9, nil])
    query.isDescending = true
    #expect(try store.runs(query).runs.map(\.metric) == [9, 8, 7, 6, 5, nil])
  }

  @Test(arguments: RunOrder.allCases)
  func `every order gives every run once`(order: RunOrder) throws {
    var query = RunQuery()
    (query.order, query.metric) = (order, "psnr")
    let ids = try bench().store.runs(query).runs.map(\.summary.run.id)
    #expect(ids.sorted() == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: [("EVEN", 2), ("room 3", 1), ("lab=room", 5), ("%", 0), ("_", 0), ("'", 0)])
  func `a text is looked for as it stands`(text: String, count: Int) throws {
    var query = RunQuery()
    query.text = text
    let (runs, total) = try bench().store.runs(query)
    #expect(runs.count == count)
    #expect(total == count)
  }
}

@Suite struct CurveTests {
  private func bench(_ values: [MetricValue]) throws -> Workbench {
    let bench = try Workbench()
    try bench.store.record(metrics: values, run: bench.run)
    return bench
  }

  @Test func `a long curve has few points, which keep its extremes and its mean`() throws {
    let values = (1...1000).map {
      MetricValue(step: $0, name: "loss", value: $0 == 500 ? 1e6 : Double($0 % 10))
    }
    let bench = try bench(values)
    let points = try bench.store.curve(run: bench.run, metric: "loss", points: 50)
    #expect(points.count == 50)
    #expect(points.reduce(0) { $0 + $1.count } == 1000)
    #expect(points.compactMap { $0.values?.high }.max() == 1e6)
    #expect(points[0].steps == 1...20)
    #expect(points[0].values?.mean == 4.5)
  }

  @Test func `no point is of two phases`() throws {
    let bench = try bench(
      (1...30).map {
        MetricValue(step: $0, name: "loss", value: 1, phase: $0 <= 13 ? "a" : "b")
      })
    let points = try bench.store.curve(run: bench.run, metric: "loss", points: 3)
    #expect(points.map(\.phase) == ["a", "a", "b", "b"])
    #expect(points.map(\.count) == [10, 3, 7, 10])
  }

  @Test func `what is not a number is no number`() throws {
    let bench = try bench([
      MetricValue(step: 1, name: "loss", value: .nan), MetricValue(step: 5, name: "loss", value: 2),
    ])
    let points = try bench.store.curve(run: bench.run, metric: "loss", points: 100)
    #expect(points.map { $0.values?.mean } == [nil, 2])
  }

  @Test func `infinite values are no part of a point's numbers`() throws {
    let bench = try bench([
      MetricValue(step: 1, name: "loss", value: 1),
      MetricValue(step: 2, name: "loss", value: .infinity),
      MetricValue(step: 3, name: "loss", value: -.infinity),
      MetricValue(step: 4, name: "loss", value: .nan), MetricValue(step: 5, name: "loss", value: 3),
    ])
    let points = try bench.store.curve(run: bench.run, metric: "loss", points: 1)
    #expect(points.map(\.count) == [5])
    #expect(points.map(\.unfinite) == [3])
    #expect(points[0].values?.low == 1)
    #expect(points[0].values?.mean == 2)
    #expect(points[0].values?.high == 3)
  }

  @Test func `names are found without their values`() throws {
    let bench = try bench(
      (1...5).flatMap { step in
        ["b", "a", "c/d"].map { MetricValue(step: step, name: $0, value: 1) }
      })
    #expect(try bench.store.metricNames(run: bench.run) == ["a", "b", "c/d"])
    #expect(try bench.store.metricNames(run: 99).isEmpty)
  }

  @Test func `a sketch goes from the first value to the last`() throws {
    let bench = try bench((1...500).map { MetricValue(step: $0, name: "x", value: Double($0)) })
    let sketch = try bench.store.sketch(run: bench.run, metric: "x", points: 11)
    #expect(sketch.count == 11)
    #expect(sketch.first == 1)
    #expect(sketch.last == 500)
  }
}

@Suite struct ImageQueryTests {
  /// Two cells of three images: the second is right where the first is wrong, and the other way round for
  /// the last image.
  private func bench() throws -> (bench: Workbench, first: Int64, second: Int64) {
    let bench = try Workbench()
    let first = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    let second = try bench.store.beginEvaluation(
      bench.cell(.distorted, view: .distorted, seed: 1), run: bench.run)
    try bench.store.record(
      (0..<3).flatMap { item in
        [
          bench.result(first, item: item, rank: item == 2 ? 0 : 3),
          bench.result(second, item: item, rank: item == 2 ? 3 : 0),
        ]
      })
    return (bench, first, second)
  }

  @Test(arguments: [
    (ImageQuery.Outcome.all, ["a.jpg", "b.jpg", "c.jpg"]), (.right, ["c.jpg"]),
    (.wrong, ["a.jpg", "b.jpg"]), (.fixed, ["a.jpg", "b.jpg"]), (.broken, ["c.jpg"]),
    (.differ, []),
  ])
  func `images are found by how two cells judge them`(
    outcome: ImageQuery.Outcome, names: [String]
  ) throws {
    let (bench, first, second) = try bench()
    var query = ImageQuery(evaluation: first)
    (query.other, query.outcome) = (second, outcome)
    #expect(try bench.store.images(query).images.map(\.outcome.item) == names)
  }

  @Test func `filters narrow down, and pages tell whether there are more`() throws {
    let (bench, first, _) = try bench()
    var query = ImageQuery(evaluation: first)
    query.count = 2
    #expect(try bench.store.images(query).hasMore)
    query.offset = 2
    #expect(try !bench.store.images(query).hasMore)
    query = ImageQuery(evaluation: first)
    query.label = 5
    #expect(try bench.store.images(query).images.map(\.outcome.item) == ["b.jpg"])
    query.label = nil
    query.confidence = 0.8...1
    #expect(try bench.store.images(query).images.isEmpty)
    query.confidence = 0.7...0.8
    let (some, next) = try bench.store.images(query, lookingAt: 2) { $0.outcome.item == "b.jpg" }
    #expect(some.map(\.outcome.item) == ["b.jpg"])
    #expect(next == 2, "the third was not looked at")
    #expect(try bench.store.images(query, lookingAt: 9) { _ in true }.next == nil)
    query.name = "C.J"
    #expect(try bench.store.images(query).images.map(\.outcome.item) == ["c.jpg"])
  }

  @Test func `confusions count wrong draws by pair of classes`() throws {
    let (bench, first, _) = try bench()
    let found = try bench.store.confusions(evaluation: first, count: 10)
    #expect(found.map(\.label) == [3, 5])
    #expect(found.map(\.predicted) == [7, 7])
    #expect(found.map(\.draws) == [1, 1])
  }

  @Test func `a tally counts right and predicted draws`() throws {
    let (bench, first, second) = try bench()
    let tallies = try [first, second].map { try bench.store.tally(evaluation: $0) }
    #expect(tallies.map(\.correct) == [1, 2])
    #expect(tallies.map(\.predicted) == [3, 3])
  }
}

@Suite struct ObservingTests {
  @Test func `an observed database follows its writer and cannot be written`() throws {
    let bench = try Workbench()
    let seen = try Store(
      path: bench.store.path, options: Store.Options(mustExist: true, access: .observe))
    try bench.store.note("new", run: bench.run)
    #expect(try seen.run(bench.run)?.notes == "new")
    #expect(throws: UserError.self) { try seen.note("mine", run: bench.run) }
  }

  @Test func `what is no database of ours is refused`() throws {
    let folder = try TemporaryFolder()
    try Data("not a database at all, but some text".utf8).write(
      to: URL(fileURLWithPath: folder.file("x.sqlite")))
    #expect(throws: UserError.self) {
      try Store(
        path: folder.file("x.sqlite"), options: Store.Options(mustExist: true, access: .observe))
    }
  }
}
