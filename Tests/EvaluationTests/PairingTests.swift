import Evaluation
import Support
import Testing
import Tracking

/// Runs of fakes in one database, and what they can be compared on.
@Suite("What can be compared")
struct PairingTests {
  private let laboratory = Laboratory()

  /// Runs the experiment of the fakes, with changes.
  ///
  /// - Returns: the run's argument of a comparison.
  private func run(
    items: Int = 6, corrector: String? = "corrector",
    _ change: (inout Experiment) -> Void = { _ in }
  ) throws -> String {
    var experiment = Laboratory.experiment
    experiment.models = ["resnet50"]
    change(&experiment)
    let runner = try laboratory.runner(
      source(items), experiment: experiment,
      correctors: corrector.map { [CorrectorIdentity(digest: $0)] } ?? [])
    return "\(try #require(try runner.run().run))"
  }

  /// The first images of a set, of which the store is to know that they are the same.
  private func source(_ count: Int) -> FakeSource {
    var source = FakeSource(count: count)
    source.fingerprint = "first \(count)"
    source.items = source.items.map { .init(name: $0.name, label: $0.label, content: "1") }
    return source
  }

  private func pairing(_ first: String, _ second: String) throws -> CellPairing {
    let store = try Store(path: laboratory.path)
    let subjects = try SubjectFinder(store: store)([first, second])
    return try CellPairing(subjects[0], subjects[1], store: store)
  }

  private func conditions(_ pairs: [CellPair]) -> [String] {
    pairs.map(\.before.evaluation.condition.rawValue)
  }

  @Test(
    "other numbers of draws share the first of them, and what is the same but for them is no pair")
  func draws() throws {
    let many = try run { $0.draws = 5 }
    let few = try run { $0.draws = 2 }
    let same = try pairing(many, few)
    #expect(same.pairs.isEmpty && same.obstacles.isEmpty)
    #expect(same.shared.map(\.condition) == [.canonical])
    #expect(conditions(same.repetitions) == ["distorted", "corrected"])
    #expect(same.repetitions.map(\.basis.draws) == [2, 2])
    // With another corrector, what it corrected is compared, on the draws that both have.
    let other = try run(corrector: "other") { $0.draws = 3 }
    let pairs = try pairing(many, other)
    #expect(
      conditions(pairs.pairs) == ["corrected"] && conditions(pairs.repetitions) == ["distorted"])
    let pair = try #require(pairs.pairs.first)
    #expect(pair.isPartial && pair.basis.draws == 3 && pair.basis.names == nil)
    let store = try Store(path: laboratory.path)
    let outcomes = try store.outcomes(of: pair)
    #expect(outcomes.count == 6 * 3 && outcomes.allSatisfy { $0.draw < 3 })
    #expect(try store.pairs(of: pair).map(\.total) == [3, 3, 3, 3, 3, 3])
  }

  @Test("another seed or distortion leaves nothing to compare but what is the very same")
  func otherDraws() throws {
    let one = try run()
    let seed = try pairing(one, try run { $0.seed = 9 })
    #expect(seed.pairs.isEmpty && seed.repetitions.isEmpty)
    #expect(seed.obstacles.map(\.reason) == Array(repeating: "different seed (3, 9)", count: 2))
    let distortion = try pairing(one, try run { $0.distortion = "paper+blur" })
    #expect(distortion.pairs.isEmpty && distortion.shared.map(\.condition) == [.canonical])
    #expect(
      distortion.obstacles.map(\.reason)
        == Array(repeating: "different distortion (paper, paper+blur)", count: 2))
    #expect(seed.obstacles.allSatisfy { !$0.isAbsence })
  }

  @Test("sets that share images are compared on those; sets that share none are not")
  func images() throws {
    let many = try run()
    let few = try run(items: 4, corrector: "other")
    let shared = try pairing(many, few)
    #expect(conditions(shared.pairs) == ["corrected"])
    let pair = try #require(shared.pairs.first)
    #expect(pair.basis.images == 4 && pair.basis.names == ["00.jpg", "01.jpg", "02.jpg", "03.jpg"])
    let store = try Store(path: laboratory.path)
    #expect(Set(try store.outcomes(of: pair).map(\.item)) == pair.basis.names)
    #expect(try store.pairs(of: pair).count == 4)
    try SQL.run("UPDATE items SET content = '2' WHERE dataset_id = 2", in: laboratory.path)
    let apart = try pairing(many, few)
    #expect(apart.pairs.isEmpty && apart.repetitions.isEmpty)
    #expect(Set(apart.obstacles.map(\.reason)) == ["different images (6, 4), none in common"])
    // As an older version of the program left it.
    try SQL.run("UPDATE items SET content = NULL", in: laboratory.path)
    #expect(try pairing(many, few).obstacles.first?.reason.contains("was not stored") == true)
  }

  @Test(
    "subjects of one model each are compared whatever models those are; a part of several is not")
  func models() throws {
    let one = try run()
    let other = try run { $0.models = ["vgg11"] }
    #expect(conditions(try pairing(one, other).pairs) == ["canonical", "distorted", "corrected"])
    let both = try run {
      $0.models = ["resnet50", "vgg11"]
      $0.seed = 5
    }
    let mixed = try pairing(one, both)
    #expect(mixed.pairs.isEmpty && mixed.shared.map(\.condition) == [.canonical])
    #expect(mixed.obstacles.contains { $0.reason == "only B has it" && $0.isAbsence })
    #expect(mixed.obstacles.contains { $0.reason == "different seed (3, 5)" })
  }

  @Test("single evaluations are compared across conditions, but not across draws that differ")
  func evaluations() throws {
    _ = try run()
    let distorted = try pairing("evaluation:2", "evaluation:3")
    #expect(
      distorted.pairs.count == 1 && distorted.pairs[0].after.evaluation.condition == .corrected)
    let canonical = try pairing("evaluation:1", "evaluation:3")
    #expect(canonical.pairs.isEmpty)
    let reason = canonical.obstacles.first?.reason
    #expect(reason?.hasPrefix("different distortion (none, paper)") == true)
  }

  @Test("imported predictions that do not say how their images were distorted are not compared")
  func imported() throws {
    let one = try run()
    try SQL.run(
      "UPDATE evaluations SET seed = NULL, distortion = NULL WHERE condition <> 'canonical'",
      in: laboratory.path)
    let other = try run(corrector: "other")
    let unknown = try pairing(one, other).obstacles
    #expect(!unknown.isEmpty)
    #expect(
      try pairing("evaluation:2", "evaluation:3").obstacles.first?.reason
        .contains("imported without --distortion and --seed") == true)
  }

  @Test("a stored run's results are its own, whatever was evaluated since under the same name")
  func results() throws {
    _ = try run()
    _ = try run(items: 4) { $0.draws = 1 }
    let store = try Store(path: laboratory.path)
    let first = try #require(try store.run(1).flatMap { $0.evaluation })
    let rows = try ExperimentResults(configuration: first, store: store).rows
    #expect(rows[0].result(.canonical)?.evaluation.itemCount == 6)
    #expect(rows[0].result(.distorted)?.evaluation.draws == 3)
    #expect(rows[0].result(.corrected)?.top1.total == 18)
    // Asked for again there is nothing to compute and no run, but it is the last one all the same.
    let again = try laboratory.runner(source(6), experiment: first.experiment).run()
    #expect(again.run == nil)
    let last = try ExperimentResults.lastConfiguration(named: "mine", store: store)
    #expect(last?.experiment.draws == 3)
  }
}
