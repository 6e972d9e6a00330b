import Evaluation
import Foundation
import Reporting
import Support
import Tracking

/// A part of a page that takes long to make, with its pictures.
struct Part: Sendable {
  let html: String
  let files: [ReportFile]
  /// The number of the database's change that it was made after.
  let change: Int
  let made: ContinuousClock.Instant

  var bytes: Int { html.utf8.count + files.reduce(0) { $0 + $1.bytes.count } }
}

extension DashboardSite {
  /// How old a part may be after the database changed.
  private static let age = Duration.seconds(20)

  /// `/parts/compare?…`, `/parts/experiment?…`, `/parts/file?key=…&name=…`.
  func part(_ path: [String], _ query: Query) throws -> Reply {
    let served = Links(isStatic: false)
    switch path.dropFirst().first {
    case "compare" where path.count == 2:
      return Reply(html: try comparePart(query.all("run"), served).html)
    case "experiment" where path.count == 2:
      return Reply(html: try experimentPart(query["name"], served).html)
    case "file" where path.count == 2:
      let files = parts.value(query["key"])?.files ?? []
      guard let file = files.first(where: { $0.name == query["name"] }) else {
        throw PageError.notFound("The picture is no longer kept; load the page again.")
      }
      let type = file.name.hasSuffix(".svg") ? "image/svg+xml" : "image/jpeg"
      return Reply(type: type, body: Data(file.bytes))
    default: throw PageError.notFound("There is no such page.")
    }
  }

  /// A part that is kept, or made anew.
  private func kept(
    _ name: String, _ links: Links, make: () throws -> ReportBundle
  ) throws -> Part {
    let key = "\(database.generation)-\(name)"
    let change = database.current
    if let known = parts.value(key),
      known.change == change || ContinuousClock.now - known.made < Self.age
    {
      return known
    }
    let bundle = try make()
    var page = MarkdownPage { name in
      links.isStatic
        ? "files/\(name)" : Links.query("/parts/file", [("key", key), ("name", name)])
    }
    // The page around it has the title already.
    let markdown = bundle.markdown.drop { $0 != "\n" }
    let part = Part(
      html: page.html(String(markdown)), files: bundle.files, change: change, made: .now)
    parts.keep(part, bytes: part.bytes, key: key)
    return part
  }

  /// Runs side by side, as `compare` writes them.
  ///
  /// - Parameter runs: their ids, as they stand in the address.
  func comparePart(_ runs: [String], _ links: Links) throws -> Part {
    let ids = try Self.compared(runs)
    let store = try database.store()
    return try kept("\(links.isStatic ? "static-" : "")compare-\(ids)", links) {
      let subjects = try SubjectFinder(store: store)(ids.map { "run:\($0)" })
      return try ComparisonPage(subjects, store: store).bundle(
        command: "realitygap compare \(ids.map(String.init).joined(separator: " "))",
        templates: ReportTemplates(), loadCorrector: { try self.studio.networks.corrector($0) })
    }
  }

  /// - Throws: `PageError` unless there are two to eight numbers.
  static func compared(_ runs: [String]) throws -> [Int64] {
    let ids = runs.flatMap { $0.split(separator: ",") }.compactMap { Int64($0) }.distinct
    guard (2...8).contains(ids.count) else {
      throw PageError.badRequest("Choose two to eight runs in the list of runs.")
    }
    return ids
  }

  /// An experiment's report, as `report` writes it.
  func experimentPart(_ name: String, _ links: Links) throws -> Part {
    let store = try database.store()
    guard
      let configuration = try ExperimentResults.lastConfiguration(named: name, store: store)
    else { throw PageError.notFound("There is no experiment of this name.") }
    return try kept("\(links.isStatic ? "static-" : "")experiment-\(name)", links) {
      let results = try ExperimentResults(configuration: configuration, store: store)
      return try ExperimentPage(results, store: store) { try self.studio.networks.corrector($0) }
        .bundle(
          command: "realitygap report \(name)", stem: FileStem.of(name),
          templates: ReportTemplates())
    }
  }

  func comparePage(_ query: Query, _ links: Links) throws -> String {
    let ids = try Self.compared(query.all("run"))
    let store = try database.store()
    for id in ids where try store.run(id) == nil {
      throw PageError.notFound("There is no run \(id).")
    }
    let values = PartPageValues(
      title: "Runs \(ids.map(String.init).joined(separator: ", ")) compared",
      part: Links.query("/parts/compare", ids.map { ("run", "\($0)") }), html: nil,
      others: ids.map { .init(name: "run \($0)", address: links.run($0)) }, confusions: [])
    return try layout(
      values.title, "runs", try templates.render(.compare, values), links, isLive: false)
  }
}

/// A page whose inner part comes later, or is in it already.
struct PartPageValues: Encodable {
  struct Other: Encodable { let name, address: String }
  struct Table: Encodable {
    struct Row: Encodable { let label, predicted, draws, images: String }
    let cell: String
    let rows: [Row]
  }
  let title: String
  let part: String?
  let html: String?
  let others: [Other]
  let confusions: [Table]
  let hasOthers, hasConfusions: Bool

  /// - Parameter html: the inner part, where it does not come later from `part`.
  init(title: String, part: String?, html: String?, others: [Other], confusions: [Table]) {
    (self.title, self.part, self.html) = (title, part, html)
    (self.others, self.confusions) = (others, confusions)
    (hasOthers, hasConfusions) = (!others.isEmpty, !confusions.isEmpty)
  }
}
