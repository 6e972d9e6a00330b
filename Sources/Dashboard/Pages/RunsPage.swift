import Evaluation
import Foundation
import Reporting
import Support
import Tracking

/// The list of runs.
struct RunsPageValues: Encodable {
  struct Column: Encodable {
    let name, address, sort, mark: String
    let isNumber: Bool
  }
  struct Choice: Encodable {
    let value, name: String
    let isChosen: Bool
  }
  struct Top1: Encodable { let condition, corrector, percent: String }
  struct Row: Encodable {
    let id, address, status, kind, name, started, duration: String
    let models: [String]
    let measures: [String]
    let metric: String
    let top1: [Top1]
    let more, waits: String?
    let tags: [String]
    let notes: String?
    let sketch: SketchValues?
  }
  let total, shown: String
  let columns: [Column]
  let rows: [Row]
  let kinds, statuses, metrics: [Choice]
  let metric, text, order, direction: String
  let isFiltered, isStatic, isEmpty: Bool
  /// How many cells are still to be counted for the order.
  let waiting: String?
  let previous, next: String?
  let plain: String
}

/// A curve in a row of a table.
struct SketchValues: Encodable {
  let points, label: String

  /// `nil` where fewer than two values are finite.
  init?(_ values: [Double], label: String) {
    let finite = values.filter(\.isFinite)
    guard finite.count > 1, let low = finite.min(), let high = finite.max() else { return nil }
    let places = values.enumerated().filter { $0.element.isFinite }.map { index, value in
      let x = 100 * Double(index) / Double(values.count - 1)
      let y = high > low ? 22 - 20 * (value - low) / (high - low) : 12
      return String(format: "%.1f,%.1f", x, y)
    }
    points = places.joined(separator: " ")
    self.label =
      "\(label): from \(Numbers.short(finite[0])) to \(Numbers.short(finite[finite.count - 1]))"
  }
}

extension DashboardSite {
  /// The most runs of a page.
  static let runsOfPage = 50

  func runsPage(_ query: Query, _ links: Links, count: Int = runsOfPage) throws -> String {
    let change = database.current
    let store = try database.store()
    var wanted = RunQuery()
    wanted.filter.kind = try query.choice("kind", RunKind.self)
    wanted.status = try query.choice("status", RunStatus.self)
    wanted.text = String(query["text"].prefix(200))
    wanted.order = try query.choice("sort", RunOrder.self) ?? .id
    wanted.isDescending = query["direction"] != "ascending"
    wanted.offset = try query.integer("offset", in: 0...1_000_000_000) ?? 0
    wanted.count = count
    let metrics = try store.recentMetricNames(runs: 50)
    wanted.metric = query["metric"].isEmpty ? Self.usualMetric(metrics) : query["metric"]
    let waiting = wanted.order == .top1 ? try countTop1(&wanted, store) : 0
    let (runs, total) = try store.runs(wanted)
    let values = try runsValues(wanted, runs, total, metrics, waiting, store, links)
    return try layout(
      "Runs", "runs", try templates.render(.runs, values), links, change: change)
  }

  /// The error on held-out photos, or else what comes first.
  static func usualMetric(_ names: [String]) -> String? {
    ["validation/corrected/psnr", "corrected/agreement"].first(where: names.contains) ?? names.first
  }

  /// The best top-1 of each run's cells, as far as they are counted; the others are counted behind the page.
  ///
  /// - Returns: how many are not.
  private func countTop1(_ wanted: inout RunQuery, _ store: Store) throws -> Int {
    let cells = try store.finishedEvaluations()
    let known = tallies.known(Array(cells.keys), store: store)
    for (id, run) in cells {
      guard let top1 = known[id]?.top1 else { continue }
      wanted.top1[run] = max(wanted.top1[run] ?? top1, top1)
    }
    countLater(cells.keys.filter { known[$0] == nil })
    return cells.count - known.count
  }

  private func runsValues(
    _ wanted: RunQuery, _ runs: [ListedRun], _ total: Int, _ metrics: [String], _ waiting: Int,
    _ store: Store, _ links: Links
  ) throws -> RunsPageValues {
    let cells = try store.evaluationRecords(runs: runs.map(\.summary.run.id))
    let own = runs.flatMap { cells[$0.summary.run.id] ?? [] }
    let counts = try tallies.tallies(
      own, store: store, seconds: links.isStatic ? 600 : 0.05)
    countLater(own.filter { $0.isFinished && counts[$0.id] == nil }.map(\.id))
    let isFiltered =
      wanted.filter != RunFilter() || wanted.status != nil || !wanted.text.isEmpty
    let end = wanted.offset + runs.count
    return RunsPageValues(
      total: Numbers.count(total),
      shown: runs.isEmpty ? "none" : "\(Numbers.count(wanted.offset + 1)) to \(Numbers.count(end))",
      columns: Self.columns(wanted, links),
      rows: try runs.map {
        try row($0, cells[$0.summary.run.id] ?? [], counts, wanted.order, store, links)
      },
      kinds: Self.choices(RunKind.allCases, wanted.filter.kind),
      statuses: Self.choices(RunStatus.allCases, wanted.status),
      metrics: metrics.map { .init(value: $0, name: $0, isChosen: $0 == wanted.metric) },
      metric: wanted.metric ?? "", text: wanted.text, order: wanted.order.rawValue,
      direction: wanted.isDescending ? "descending" : "ascending", isFiltered: isFiltered,
      isStatic: links.isStatic, isEmpty: runs.isEmpty,
      waiting: waiting > 0 ? "\(Numbers.count(waiting)) cells are still counted" : nil,
      previous: wanted.offset > 0
        ? Self.address(wanted, links, offset: max(0, wanted.offset - wanted.count)) : nil,
      next: end < total && !links.isStatic ? Self.address(wanted, links, offset: end) : nil,
      plain: links.runs)
  }

  private static func choices<Name: CaseIterable & RawRepresentable<String> & Equatable>(
    _ all: Name.AllCases, _ chosen: Name?
  ) -> [RunsPageValues.Choice] {
    all.map { .init(value: $0.rawValue, name: $0.rawValue, isChosen: $0 == chosen) }
  }

  private static func address(
    _ query: RunQuery, _ links: Links, order: RunOrder? = nil, isDescending: Bool? = nil,
    offset: Int = 0
  ) -> String {
    Links.query(
      links.runs,
      [
        ("kind", query.filter.kind?.rawValue ?? ""),
        ("status", query.status?.rawValue ?? ""), ("text", query.text),
        ("metric", query.metric ?? ""), ("sort", (order ?? query.order).rawValue),
        ("direction", isDescending ?? query.isDescending ? "descending" : "ascending"),
        ("offset", offset > 0 ? "\(offset)" : ""),
      ])
  }

  private static func columns(_ query: RunQuery, _ links: Links) -> [RunsPageValues.Column] {
    let names: [(String, RunOrder?, Bool)] = [
      ("run", .id, true), ("status", .status, false), ("kind", .kind, false),
      ("name", .name, false), ("top-1 %", .top1, true), ("result", nil, false),
      ("curve", nil, false), (query.metric ?? "metric", .metric, true),
      ("duration", .duration, true), ("started", .started, false), ("tags", nil, false),
    ]
    return names.map { name, order, isNumber in
      let isCurrent = order == query.order
      // Numbers begin with the highest.
      let reversed = isCurrent ? !query.isDescending : isNumber || order == .started
      return RunsPageValues.Column(
        name: name,
        address: order.map { address(query, links, order: $0, isDescending: reversed) } ?? "",
        sort: isCurrent ? query.isDescending ? "descending" : "ascending" : "none",
        mark: isCurrent ? query.isDescending ? "▼" : "▲" : "",
        isNumber: isNumber && order != .top1)
    }.map { links.isStatic ? $0.fixed : $0 }
  }

  private func row(
    _ listed: ListedRun, _ cells: [EvaluationRecord], _ counts: [Int64: CellTally],
    _ order: RunOrder, _ store: Store, _ links: Links
  ) throws -> RunsPageValues.Row {
    let run = listed.summary.run
    func top1(_ cell: EvaluationRecord) -> Double { counts[cell.id]?.top1 ?? -1 }
    let shown = (order == .top1 ? cells.sorted { top1($0) > top1($1) } : cells).prefix(6)
    let waits = shown.contains { $0.isFinished && counts[$0.id] == nil }
    return RunsPageValues.Row(
      id: "\(run.id)", address: links.run(run.id), status: listed.status.rawValue,
      kind: run.kind.rawValue, name: run.name, started: RunColumn.time(run.startedAt),
      duration: run.elapsed(listed.status).map(DurationText.clock) ?? "–",
      models: cells.map(\.model).distinct.map(ModelNames.title),
      measures: listed.summary.measures.map { "\($0.label) \($0.text($0.value))" },
      metric: listed.metric.map(Numbers.metric) ?? "–",
      top1: shown.compactMap { cell in
        counts[cell.id].map { tally in
          RunsPageValues.Top1(
            condition: cell.condition.rawValue,
            corrector: cell.correctorSHA256.map { String($0.prefix(6)) } ?? "",
            percent: (tally.top1.map(Numbers.percent) ?? "–") + (cell.isFinished ? "" : " so far"))
        }
      },
      more: cells.count > shown.count ? "and \(cells.count - shown.count) more" : nil,
      waits: waits ? "counting …" : nil,
      tags: listed.summary.tags.sorted { $0.key < $1.key }.map {
        $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)"
      }, notes: run.notes.isEmpty ? nil : run.notes, sketch: try sketch(listed.summary, store))
  }

  /// The errors on held-out photos, which mean the same in every phase.
  private func sketch(_ summary: RunSummary, _ store: Store) throws -> SketchValues? {
    let name = "validation/corrected/psnr"
    guard summary.lastMetrics[name] != nil else { return nil }
    return SketchValues(
      try store.sketch(run: summary.run.id, metric: name, points: 12), label: name)
  }

  /// Counts finished cells behind the page, and lets open pages know.
  func countLater(_ cells: [Int64]) {
    guard !cells.isEmpty else { return }
    studio.background { [tallies, database] in
      // A page that is open asks again, and says what is wrong with the database.
      guard let store = try? database.store(),
        (try? tallies.count(cells, store: store)) != nil
      else { return }
      database.touch()
    }
  }
}

extension RunsPageValues.Column {
  /// Without a link, for a page that is not sorted again.
  fileprivate var fixed: Self {
    .init(name: name, address: "", sort: sort, mark: mark, isNumber: isNumber)
  }
}
