import Evaluation
import Foundation
import Support
import Synchronization
import Testing
import Tracking

@Suite("Running an experiment")
struct RunnerTests {
  @Test("all cells are computed, each batch is prepared once and corrected once")
  func wholeRun() throws {
    let laboratory = Laboratory()
    let source = FakeSource(count: 6)
    let outcome = try laboratory.runner(source).run()
    let store = try Store(path: laboratory.path)
    let top1 = try store.top1()
    #expect(top1.count == 6)
    #expect(top1.filter { $0.condition == "canonical" }.allSatisfy { $0.total == 6 })
    #expect(top1.filter { $0.condition != "canonical" }.allSatisfy { $0.total == 18 })
    #expect(Set(top1.compactMap(\.corrector)) == ["corrector"])
    // 18 pairs in batches of 4; both models and all conditions share each.
    #expect(source.counter["batch"] == 5)
    #expect(source.counter["canonical 2 0"] == 1 && source.counter["distorted 2 1"] == 1)
    #expect(source.counter["canonical 2 1"] == 0)
    #expect(laboratory.counter["corrector"] == 5)
    let run = try #require(try outcome.run.flatMap(store.run))
    #expect(run.status == .finished && run.sourceCommit == "abc")
    #expect(run.evaluation?.experiment == Laboratory.experiment)
  }

  @Test(
    "a corrector that reads photos gets those of raw images, and none for what is distorted at 256",
    arguments: [false, true])
  func photos(isPrinted: Bool) throws {
    for readsPhotos in [false, true] {
      let laboratory = Laboratory()
      var experiment = Laboratory.experiment
      if isPrinted { (experiment.conditions, experiment.draws) = ([.raw, .corrected], 1) }
      _ = try laboratory.runner(
        FakeSource(count: 4), experiment: experiment, readsPhotos: readsPhotos
      ).run()
      let expected = readsPhotos ? (isPrinted ? "photos 4 of 4" : "photos 0 of 4") : "photos 0 of 0"
      #expect(laboratory.counter[expected] == (isPrinted ? 1 : 3))
    }
  }

  @Test("a finished cell is never computed again, and no empty run is stored")
  func nothingToDo() throws {
    let laboratory = Laboratory()
    _ = try laboratory.runner(FakeSource(count: 6)).run()
    let again = FakeSource(count: 6)
    let outcome = try laboratory.runner(again).run()
    #expect(outcome.run == nil && outcome.plan.pending.isEmpty)
    #expect(again.counter["batch"] == 0)
    #expect(laboratory.counter["load vgg11"] == 1)
    #expect(try Store(path: laboratory.path).runs().count == 1)
  }

  @Test("another seed computes distorted and corrected cells only")
  func otherSeed() throws {
    let laboratory = Laboratory()
    _ = try laboratory.runner(FakeSource(count: 6)).run()
    var experiment = Laboratory.experiment
    experiment.seed = 4
    let source = FakeSource(count: 6)
    let outcome = try laboratory.runner(source, experiment: experiment).run()
    #expect(Set(outcome.plan.pending.map(\.condition)) == [.distorted, .corrected])
    #expect(source.counter["canonical 2 0"] == 0 && source.counter["distorted 2 0"] == 1)
    #expect(try Store(path: laboratory.path).top1().count == 10)
  }

  @Test("without corrector its cells are named as missing, and computed once there is one")
  func noCorrector() throws {
    let laboratory = Laboratory()
    let first = try laboratory.runner(FakeSource(count: 6), correctors: []).run()
    #expect(first.plan.missing.map(\.reason) == ["no corrector given", "no corrector given"])
    #expect(first.plan.cells.count == 4)
    let second = try laboratory.runner(FakeSource(count: 6)).run()
    #expect(second.plan.pending.map(\.condition) == [.corrected, .corrected])
  }

  @Test("several correctors share each prepared batch, and stand in rows of their own")
  func severalCorrectors() throws {
    let laboratory = Laboratory()
    let names = [
      CorrectorIdentity(name: "print", digest: "other"),
      CorrectorIdentity(name: "paper", digest: "corrector"),
    ]
    let source = FakeSource(count: 6)
    let outcome = try laboratory.runner(source, correctors: names).run()
    #expect(source.counter["batch"] == 5 && source.counter["distorted 2 1"] == 1)
    #expect(laboratory.counter["corrector"] == 5 && laboratory.counter["other"] == 5)
    let store = try Store(path: laboratory.path)
    #expect(try store.top1().count == 8)
    let results = try ExperimentResults(
      experiment: Laboratory.experiment, store: store, plan: outcome.plan)
    #expect(results.rows.map(\.model) == ["resnet50", "resnet50", "vgg11", "vgg11"])
    #expect(results.rows.map(\.corrector) == ["print", "paper", "print", "paper"])
    for row in results.rows {
      let digest = names.first { $0.name == row.corrector }?.digest
      #expect(row.result(.corrected)?.evaluation.correctorSHA256 == digest)
      #expect(row.comparison?.difference.after.clusters == 6)
    }
    #expect(results.rows[0].result(.distorted) == results.rows[1].result(.distorted))
    // What a report needs is stored with the run.
    let configuration = try #require(
      try ExperimentResults.lastConfiguration(named: "mine", store: store))
    #expect(configuration.correctors == names)
    #expect(try ExperimentResults(configuration: configuration, store: store).rows == results.rows)
    // A corrector that is known already is not asked again, whatever it is called now.
    let more = try laboratory.runner(
      FakeSource(count: 6), correctors: [CorrectorIdentity(digest: "corrector")]
    ).run()
    #expect(more.run == nil && laboratory.counter["corrector"] == 5)
    let alone = try ExperimentResults(
      experiment: Laboratory.experiment, store: store, plan: more.plan)
    #expect(alone.rows.map(\.corrector) == [nil, nil])
    #expect(alone.rows[0].entries == results.rows[1].entries)
    // Where nothing is corrected, correctors make no rows.
    var uncorrected = Laboratory.experiment
    uncorrected.conditions = [.canonical, .distorted]
    let plain = try laboratory.runner(
      FakeSource(count: 6), experiment: uncorrected, correctors: names
    ).run()
    let plainResults = try ExperimentResults(
      experiment: uncorrected, store: store, plan: plain.plan)
    #expect(plainResults.rows.map(\.corrector) == [nil, nil])
  }

  @Test("one file under two names is refused")
  func twin() throws {
    let runner = try Laboratory().runner(
      FakeSource(count: 2),
      correctors: ["a", "b"].map { CorrectorIdentity(name: $0, digest: "corrector") })
    let error = #expect(throws: UserError.self) { try runner.prepare() }
    #expect(error?.description.contains("correctors a and b are the same") == true)
  }

  @Test("a simulated set is remembered as one, even where nothing is left to compute")
  func simulated() throws {
    let laboratory = Laboratory()
    var source = FakeSource(count: 4)
    source.isSimulated = true
    for _ in 0..<2 {
      let outcome = try laboratory.runner(source).run()
      let results = try ExperimentResults(
        experiment: Laboratory.experiment, store: try Store(path: laboratory.path),
        plan: outcome.plan)
      #expect(results.simulated == ["photos"])
    }
    let real = Laboratory()
    let outcome = try real.runner(FakeSource(count: 4)).run()
    let results = try ExperimentResults(
      experiment: Laboratory.experiment, store: try Store(path: real.path), plan: outcome.plan)
    #expect(results.simulated == [])
  }

  @Test("died after any number of batches, the same call ends with an undisturbed run's rows")
  func resume() throws {
    let undisturbed = Laboratory()
    _ = try undisturbed.runner(FakeSource(count: 7)).run()
    let expected = try undisturbed.rows()
    #expect(expected.count == 2 * (7 + 21 + 21))
    for batches in 0..<6 {
      let laboratory = Laboratory()
      var source = FakeSource(count: 7)
      source.batchesBeforeDeath = batches
      let dying = source
      #expect(throws: UserError.self) { try laboratory.runner(dying).run() }
      #expect(try Store(path: laboratory.path).top1().isEmpty)
      let rest = FakeSource(count: 7)
      let outcome = try laboratory.runner(rest).run()
      #expect(rest.counter["batch"] == 6 - batches)
      #expect(try laboratory.rows() == expected)
      let store = try Store(path: laboratory.path)
      #expect(try store.runs().map(\.status) == [.finished])
      #expect(try store.runs().map(\.resumed) == [1] && outcome.run == 1)
    }
  }

  @Test("asked to stop, the run is interrupted and can go on")
  func stopped() throws {
    let laboratory = Laboratory()
    let batches = Counter()
    var options = EvaluationOptions(batchSize: 4)
    options.progress = { _ in batches.add("done") }
    options.shouldStop = { batches["done"] == 2 }
    #expect(throws: EvaluationStopped.self) {
      try laboratory.runner(FakeSource(count: 6), options: options).run()
    }
    #expect(try Store(path: laboratory.path).runs().map(\.status) == [.interrupted])
    let rest = FakeSource(count: 6)
    _ = try laboratory.runner(rest).run()
    #expect(rest.counter["batch"] == 3)
  }

  @Test("an image that fails is counted and named, and the others are evaluated")
  func failedImage() throws {
    let laboratory = Laboratory()
    var source = FakeSource(count: 6)
    source.broken = ["03.jpg"]
    let named = Mutex<[String]>([])
    let last = Mutex<EvaluationProgress?>(nil)
    var options = EvaluationOptions(batchSize: 4)
    options.failure = { name, reason in named.withLock { $0.append("\(name): \(reason)") } }
    options.progress = { progress in last.withLock { $0 = progress } }
    _ = try laboratory.runner(source, options: options).run()
    #expect(named.withLock { $0 } == ["03.jpg: not a JPEG file"])
    let progress = try #require(last.withLock { $0 })
    #expect(progress.done == 18 && progress.total == 18 && progress.failed == 1)
    let store = try Store(path: laboratory.path)
    #expect(try store.top1().map(\.total).sorted() == [5, 5, 15, 15, 15, 15])
    let results = try ExperimentResults(experiment: Laboratory.experiment, store: store)
    let cell = try #require(results.rows[0].result(.distorted))
    #expect(cell.failed == [FailedItem(item: "03.jpg", reason: "not a JPEG file")])
  }

  @Test("with strict an image that fails ends the run with its name")
  func strict() throws {
    let laboratory = Laboratory()
    var source = FakeSource(count: 6)
    source.broken = ["03.jpg"]
    let runner = try laboratory.runner(
      source, options: EvaluationOptions(batchSize: 4, isStrict: true))
    let error = #expect(throws: UserError.self) { try runner.run() }
    #expect(error?.description.contains("/fake/03.jpg: not a JPEG file") == true)
    let run = try #require(try Store(path: laboratory.path).runs().first)
    #expect(run.status == .failed && run.error?.contains("03.jpg") == true)
  }

  @Test("another experiment shows cells that are there without computing them")
  func sharedCells() throws {
    let laboratory = Laboratory()
    _ = try laboratory.runner(FakeSource(count: 6)).run()
    var other = Laboratory.experiment
    other.name = "other"
    let source = FakeSource(count: 6)
    _ = try laboratory.runner(source, experiment: other).run()
    #expect(source.counter["batch"] == 0)
    let top1 = try Store(path: laboratory.path).top1()
    #expect(top1.filter { $0.experiment == "other" }.count == 6 && top1.count == 12)
  }

  @Test("results choose the cells of the plan, and published numbers stand beside them")
  func results() throws {
    let laboratory = Laboratory()
    _ = try laboratory.runner(FakeSource(count: 6)).run()
    var experiment = Laboratory.experiment
    experiment.seed = 9
    let runner = try laboratory.runner(
      FakeSource(count: 6), experiment: experiment, correctors: [])
    let outcome = try runner.run()
    let store = try Store(path: laboratory.path)
    let results = try ExperimentResults(experiment: experiment, store: store, plan: outcome.plan)
    #expect(results.rows.map(\.model) == ["resnet50", "vgg11"])
    #expect(results.rows[0].result(.distorted)?.evaluation.seed == 9)
    // The corrected cell of seed 3 must not stand beside the distorted one of seed 9.
    #expect(results.rows[0].entries[.corrected] == .missing(reason: "no corrector given"))
    let remembered = try ExperimentResults(experiment: experiment, store: store)
    #expect(remembered.rows == results.rows)
    #expect(
      try ExperimentResults.lastConfiguration(named: "mine", store: store)?.experiment
        == experiment)
    #expect(try ExperimentResults.lastConfiguration(named: "x", store: store) == nil)
  }

  @Test("a dataset of another layout than the experiment says is refused")
  func wrongKind() throws {
    var experiment = Laboratory.experiment
    experiment.datasets[0].kind = "class-folders"
    let runner = try Laboratory().runner(FakeSource(count: 2), experiment: experiment)
    let error = #expect(throws: UserError.self) { try runner.prepare() }
    #expect(error?.description.contains("its layout is labelled-folder, not class-folders") == true)
  }

  @Test("what was left out of a set, and what kind of set it is, are stored with the run")
  func dataFacts() throws {
    let laboratory = Laboratory()
    var source = FakeSource(count: 6)
    source.notes = ["2 files left out", "6 of the 50000 validation images are there"]
    let id = try #require(try laboratory.runner(source).run().run)
    let store = try Store(path: laboratory.path)
    #expect(try store.dataNotes(run: id).map(\.text) == source.notes)
    let run = try #require(try store.run(id))
    let configuration = try #require(run.evaluation)
    #expect(
      configuration.facts?["photos"]
        == DatasetFacts(
          layout: "labelled-folder", images: 6, available: 6, limit: nil, printed: false,
          simulated: false))
    // Another experiment that shows the same cells, and calls the set otherwise.
    var other = Laboratory.experiment
    (other.name, other.datasets[0].name) = ("other", "set")
    let outcome = try laboratory.runner(FakeSource(count: 6), experiment: other).run()
    #expect(outcome.run == nil)
    let results = try ExperimentResults(experiment: other, store: store, plan: outcome.plan)
    #expect(results.notes == source.notes.map { DataNote(dataset: "set", text: $0) })
  }

  @Test("a set of which no image can be used is found out, one with a single good image is not")
  func unusable() throws {
    for bad in [5, 6] {
      let laboratory = Laboratory()
      var source = FakeSource(count: 6)
      source.broken = Set(source.items.prefix(bad).map(\.name))
      let outcome = try laboratory.runner(source).run()
      let results = try ExperimentResults(
        experiment: Laboratory.experiment, store: try Store(path: laboratory.path),
        plan: outcome.plan)
      #expect(results.unusable?.images == (bad == 6 ? 6 : nil))
      #expect(results.unusable?.dataset == (bad == 6 ? "photos" : nil))
    }
  }
}
