import Evaluation
import Foundation
import Reporting
import Support
import Tracking

/// The page of a run.
struct RunPageValues: Encodable {
  struct Fact: Encodable { let name, value: String }
  struct Picture: Encodable { let step: Int; let address: String }
  struct Cell: Encodable {
    let model, dataset, condition, corrector, draws, top1: String
    let address: String?
  }
  struct File: Encodable { let kind, path, sha256: String }
  struct Progress: Encodable { let percent, step, steps, speed, eta: String }
  let id, title, status, kind: String
  let error: String?
  let facts, changes, configuration: [Fact]
  let progress: Progress?
  let groups: [ChartGroups.Group]
  let hasMetrics: Bool
  let phases: String
  let pictures: [Picture]
  let pictureList: String
  let lastPicture: Picture?
  let pictureCount: String
  let warnings: [String]
  let cells: [Cell]
  let files: [File]
  let isStatic: Bool
  let experiment: String?
  let hasCells, hasChanges, hasFiles: Bool
}

extension DashboardSite {
  func runPage(_ id: Int64, _ links: Links) throws -> String {
    let change = database.current
    let store = try database.store()
    guard let run = try store.run(id), let status = try store.status(run: id) else {
      throw PageError.notFound("There is no run \(id).")
    }
    let values = try runValues(run, status, store, links)
    return try layout(
      values.title, "runs", try templates.render(.run, values), links, change: change,
      scripts: ["chart.js"])
  }

  private func runValues(
    _ run: RunRecord, _ status: RunStatus, _ store: Store, _ links: Links
  ) throws -> RunPageValues {
    let phases = TrainingPhases(configuration: run.configuration).phases
    let last = try store.lastValues(run: run.id)
    let artifacts = try store.artifacts(run: run.id)
    let changes = RunPage.changes(run)
    let charts = try ChartGroups(of: run, last) { metric in
      guard links.isStatic else { return nil }
      return "[\(try curve(run.id, metric: metric, nil, points: 400, store))]"
    }
    let pace = status == .running ? try store.pace(run: run.id) : nil
    let progress = Self.progress(phases, pace)
    let pictures = links.isStatic ? [] : Self.pictures(artifacts, run.id)
    let cells = try store.evaluationRecords(runs: [run.id])[run.id] ?? []
    let facts = RunPage.facts(run, tags: try store.tags(run: run.id)).filter {
      !["run", "kind", "name", "status", "error"].contains($0.0)
    }
    return RunPageValues(
      id: "\(run.id)", title: "Run \(run.id): \(run.name)", status: status.rawValue,
      kind: run.kind.rawValue, error: run.error, facts: facts.map(RunPageValues.Fact.init),
      changes: changes.map(RunPageValues.Fact.init),
      configuration: RunPage.configuration(run).map(RunPageValues.Fact.init),
      progress: progress,
      groups: charts.groups, hasMetrics: !last.isEmpty,
      phases: charts.phases,
      pictures: pictures, pictureList: try JSONValue(encoding: pictures).embedded(),
      lastPicture: pictures.last, pictureCount: "\(pictures.count - 1)",
      warnings: try warnings(run.id, store), cells: try cellValues(cells, store, links),
      files: artifacts.map { .init(kind: $0.kind, path: $0.path, sha256: $0.sha256) },
      isStatic: links.isStatic,
      experiment: run.kind == .evaluate && !cells.isEmpty ? links.experiment(run.name) : nil,
      hasCells: !cells.isEmpty, hasChanges: !changes.isEmpty,
      hasFiles: !artifacts.isEmpty)
  }

  /// - Returns: `nil` before anything is known of its speed.
  private static func progress(
    _ phases: [TrainingPhases.Phase], _ pace: RunPace?
  ) -> RunPageValues.Progress? {
    guard let steps = phases.last?.steps.upperBound, let pace, steps > 0 else { return nil }
    let left = Double(max(0, steps - pace.step)) / pace.stepsPerSecond
    return RunPageValues.Progress(
      percent: "\(min(100, 100 * pace.step / steps))", step: Numbers.count(pace.step),
      steps: Numbers.count(steps), speed: Numbers.short(pace.stepsPerSecond),
      eta: DurationText.clock(left))
  }

  private func warnings(_ run: Int64, _ store: Store) throws -> [String] {
    try store.dataNotes(run: run).forReading.map { "\($0.dataset): \($0.text)" }
      + store.leftOut(run: run).map { "\($0.dataset): left out \($0.item): \($0.reason)" }
  }

  private func cellValues(
    _ cells: [EvaluationRecord], _ store: Store, _ links: Links
  ) throws -> [RunPageValues.Cell] {
    let counts = try tallies.tallies(cells, store: store, seconds: links.isStatic ? 600 : 0.05)
    countLater(cells.filter { $0.isFinished && counts[$0.id] == nil }.map(\.id))
    return cells.map { cell in
      let top1 =
        counts[cell.id].map { $0.top1.map(Numbers.percent) ?? "–" }
        ?? (cell.isFinished ? "counting …" : "not counted")
      return RunPageValues.Cell(
        model: ModelNames.title(cell.model), dataset: cell.dataset,
        condition: cell.condition.rawValue,
        corrector: cell.correctorSHA256.map { String($0.prefix(12)) } ?? "–",
        draws: Numbers.count(cell.draws),
        top1: cell.isFinished || counts[cell.id] == nil ? top1 : "\(top1) so far",
        address: links.images.map { Links.query($0, [("cell", "\(cell.id)")]) })
    }
  }

  /// The pictures of held-out photos that a training wrote, by step.
  static func pictures(_ artifacts: [Artifact], _ run: Int64) -> [RunPageValues.Picture] {
    artifacts.compactMap(step).sorted().map {
      RunPageValues.Picture(step: $0, address: "/runs/\(run)/pictures/\($0)")
    }
  }

  /// The step of `…/validation-STEP.jpg`; `nil` for another file.
  private static func step(_ artifact: Artifact) -> Int? {
    guard artifact.kind == "samples",
      let name = artifact.path.split(separator: "/").last,
      name.hasPrefix("validation-"), name.hasSuffix(".jpg")
    else { return nil }
    return Int(name.dropFirst("validation-".count).dropLast(".jpg".count))
  }

  /// A picture of held-out photos: the file that the run wrote, if it still is that.
  func picture(_ run: Int64, _ text: String) throws -> Reply {
    let artifacts = try database.store().artifacts(run: run)
    guard let step = Int(text), let known = artifacts.first(where: { Self.step($0) == step }) else {
      throw PageError.notFound("The run recorded no picture at this step.")
    }
    guard let data = FileManager.default.contents(atPath: known.path) else {
      throw PageError.notFound(
        "\(known.path) is not there; start the dashboard in the folder that the run was started in."
      )
    }
    guard FileDigest.sha256(Array(data)) == known.sha256 else {
      throw PageError.notFound("\(known.path) is not the file that the run wrote.")
    }
    return Reply(type: "image/jpeg", body: data)
  }
}

extension JSONValue {
  /// On one line, as the content of an element of a page, which no text in it can end.
  func embedded() throws -> String { try line().replacing("<", with: "\\u003c") }
}
