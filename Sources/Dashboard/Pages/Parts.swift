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

  /// `/parts/compare?…`, `/parts/experiment?…`, `/parts/confusions?…`, `/parts/file?key=…&name=…`.
  func part(_ path: [String], _ query: Query) throws -> Reply {
    let served = Links(isStatic: false)
    switch path.dropFirst().first {
    case "compare" where path.count == 2:
      return Reply(html: try comparePart(try ComparedThings(query), served).html)
    case "experiment" where path.count == 2:
      return Reply(html: try experimentPart(query["name"], served).html)
    case "confusions" where path.count == 2:
      return Reply(html: try confusionsPart(query["name"]).html)
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
  ///
  /// - Parameter make: its HTML and pictures; it is given the key by which they are kept.
  func kept(
    _ name: String, make: (_ key: String) throws -> (html: String, files: [ReportFile])
  ) throws -> Part {
    let key = "\(database.generation)-\(name)"
    let change = database.current
    if let known = parts.value(key),
      known.change == change || ContinuousClock.now - known.made < Self.age
    {
      return known
    }
    let (html, files) = try make(key)
    let part = Part(html: html, files: files, change: change, made: .now)
    parts.keep(part, bytes: part.bytes, key: key)
    return part
  }

  /// A report as a part.
  func kept(_ name: String, _ links: Links, make: () throws -> ReportBundle) throws -> Part {
    try kept("\(links.isStatic ? "static-" : "")\(name)") { key in
      let bundle = try make()
      return (html(of: bundle, key: key, links), bundle.files)
    }
  }

  /// A report's inner part; the page around it has the title already.
  func html(of bundle: ReportBundle, key: String, _ links: Links) -> String {
    var page = MarkdownPage { name in
      links.isStatic
        ? "files/\(name)" : Links.query("/parts/file", [("key", key), ("name", name)])
    }
    return page.html(String(bundle.markdown.drop { $0 != "\n" }))
  }

  /// An experiment's report, as `report` writes it.
  func experimentPart(_ name: String, _ links: Links) throws -> Part {
    let store = try database.store()
    guard
      let configuration = try ExperimentResults.lastConfiguration(named: name, store: store)
    else { throw PageError.notFound("There is no experiment of this name.") }
    return try kept("experiment-\(name)", links) {
      let results = try ExperimentResults(configuration: configuration, store: store)
      return try ExperimentPage(results, store: store) { try self.studio.networks.corrector($0) }
        .bundle(
          command: "realitygap report \(name)", stem: FileStem.of(name),
          templates: ReportTemplates())
    }
  }
}
