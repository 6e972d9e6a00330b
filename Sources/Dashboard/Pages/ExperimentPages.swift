import Evaluation
import Reporting
import Support
import Tracking

/// The list of experiments.
private struct ExperimentsValues: Encodable {
  struct Row: Encodable { let name, address, cells, models, datasets: String }
  let rows: [Row]
  let isEmpty: Bool
}

extension DashboardSite {
  func experimentsPage(_ links: Links) throws -> String {
    let store = try database.store()
    let rows = try store.experiments().map { name in
      let cells = try store.evaluations(experiment: name)
      return ExperimentsValues.Row(
        name: name, address: links.experiment(name), cells: Numbers.count(cells.count),
        models: cells.map { ModelNames.title($0.model) }.distinct.joined(separator: ", "),
        datasets: cells.map(\.dataset).distinct.joined(separator: ", "))
    }
    let values = ExperimentsValues(rows: rows, isEmpty: rows.isEmpty)
    return try layout(
      "Experiments", "experiments", try templates.render(.experiments, values), links,
      isLive: true)
  }

  /// - Parameter html: the page's inner part where it does not come later.
  func experimentPage(_ name: String, _ links: Links, html: String? = nil) throws -> String {
    let store = try database.store()
    let cells = try store.evaluations(experiment: name)
    guard !cells.isEmpty else {
      throw PageError.notFound("There is no experiment of this name.")
    }
    let values = PartPageValues(
      title: "Experiment \(name)",
      part: html == nil ? Links.query("/parts/experiment", [("name", name)]) : nil, html: html,
      others: cells.compactMap { cell in
        links.images.map {
          .init(
            name: CellWords.cell(cell) + (cell.correctorSHA256.map { " (\($0.prefix(6)))" } ?? ""),
            address: Links.query($0, [("cell", "\(cell.id)")]))
        }
      }, confusions: try Self.confusions(cells, store))
    return try layout(
      values.title, "experiments", try templates.render(.experiment, values), links, isLive: false)
  }

  /// The classes that each of the first cells confuses most often.
  private static func confusions(
    _ cells: [EvaluationRecord], _ store: Store
  ) throws -> [PartPageValues.Table] {
    try cells.filter(\.isFinished).prefix(12).map { cell in
      PartPageValues.Table(
        cell: CellWords.cell(cell) + (cell.correctorSHA256.map { " (\($0.prefix(6)))" } ?? ""),
        rows: try store.confusions(evaluation: cell.id, count: 10).map {
          .init(
            label: try CellWords.name(ofClass: $0.label),
            predicted: try CellWords.name(ofClass: $0.predicted), draws: Numbers.count($0.draws),
            images: Numbers.count($0.images))
        })
    }.filter { !$0.rows.isEmpty }
  }
}
