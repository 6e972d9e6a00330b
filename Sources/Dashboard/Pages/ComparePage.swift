import Evaluation
import Reporting
import Support
import Tracking

/// The page of a comparison: what `compare` writes, and curves over each other.
private struct ComparePageValues: Encodable {
  let title: String
  let part, html: String?
  let others: [NamedLink]
  let hasCurves: Bool
  let legend: [ChartGroups.Name]
  let groups: [ChartGroups.Group]
  let phases: String
}

/// Images that changed from one cell to another, as links to their pages.
private struct ChangesValues: Encodable {
  struct Group: Encodable {
    let title: String
    /// Where every such draw is; `nil` where the cells have other draws.
    let all: String?
    let rows: [ImagesValues.Row]
  }
  let groups: [Group]
}

extension DashboardSite {
  func comparePage(_ query: Query, _ links: Links) throws -> String {
    try comparePage(try ComparedThings(query), links)
  }

  /// - Parameter html: the comparison, where it does not come later.
  func comparePage(_ things: ComparedThings, _ links: Links, html: String? = nil) throws -> String {
    let store = try database.store()
    let others = try things.ids.map { id in
      try things.areCells ? cellLink(id, store, links) : runLink(id, store, links)
    }
    let charts = things.areCells ? nil : try ChartGroups(comparing: things.ids, store)
    let values = ComparePageValues(
      title: things.title,
      part: html == nil ? Links.query("/parts/compare", things.values) : nil, html: html,
      others: others, hasCurves: charts?.groups.isEmpty == false, legend: charts?.names ?? [],
      groups: charts?.groups ?? [], phases: charts?.phases ?? "[]")
    return try layout(
      values.title, things.areCells ? "experiments" : "runs",
      try templates.render(.compare, values), links, scripts: ["chart.js"])
  }

  private func runLink(_ id: Int64, _ store: Store, _ links: Links) throws -> NamedLink {
    guard let run = try store.run(id) else { throw PageError.notFound("There is no run \(id).") }
    return NamedLink(name: "run \(id): \(run.name)", address: links.run(id))
  }

  /// A folder does not have the images of every cell.
  private func cellLink(_ id: Int64, _ store: Store, _ links: Links) throws -> NamedLink {
    guard let cell = try store.evaluationRecords(id: id).first else {
      throw PageError.notFound("There is no evaluation \(id).")
    }
    return NamedLink(
      name: Self.title(cell),
      address: links.isStatic ? links.experiment(cell.experiment) : links.images(of: id))
  }

  /// Runs or cells side by side, as `compare` writes them, and the images that changed.
  func comparePart(_ things: ComparedThings, _ links: Links) throws -> Part {
    let store = try database.store()
    return try kept("\(links.isStatic ? "static-" : "")compare-\(things.key)") { key in
      let subjects = try SubjectFinder(store: store)(things.subjects)
      let page = try ComparisonPage(subjects, store: store)
      let bundle = try page.bundle(
        command: "realitygap compare \(things.subjects.joined(separator: " "))",
        templates: ReportTemplates(), loadCorrector: { try self.studio.networks.corrector($0) })
      let html = self.html(of: bundle, key: key, links)
      guard !links.isStatic else { return (html, bundle.files) }
      // The curves of the page stand where the report has its plots.
      let training = "<h2>Training</h2>"
      let slotted = html.replacing(
        training, with: "<div data-slot=\"curves\"></div>\(training)", maxReplacements: 1)
      return (slotted + (try changes(page, store)), bundle.files)
    }
  }

  /// The images that a comparison names, each a link to its page.
  private func changes(_ page: ComparisonPage, _ store: Store) throws -> String {
    let groups = try page.changedImages.map { changed in
      let (before, after) = (changed.before, changed.after)
      let values = [("cell", "\(after.id)"), ("other", "\(before.id)")]
      let rows = try changed.examples.compactMap { example -> ImagesValues.Row? in
        guard let item = try store.item(named: example.item, ofEvaluation: after.id),
          let own = try store.outcome(evaluation: after.id, item: item, draw: example.draw)
        else { return nil }
        return try row(ListedImage(id: item, outcome: own), after, [before, after], store)
      }
      return ChangesValues.Group(
        title: "\(changed.isGain ? "Fixed" : "Broken"): \(changed.what)",
        // Seen from the second cell: what it repairs is right here and wrong there.
        all: before.datasetFingerprint == after.datasetFingerprint && after.isPaired(with: before)
          ? Links.query("/images", values + [("outcome", changed.isGain ? "broken" : "fixed")])
          : nil, rows: rows)
    }.filter { !$0.rows.isEmpty }
    return groups.isEmpty ? "" : try templates.render(.changes, ChangesValues(groups: groups))
  }
}
