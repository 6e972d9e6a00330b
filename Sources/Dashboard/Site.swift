import FlyingFox
import Foundation
import Reporting
import Support
import Tracking

/// The pages of a dashboard: what a request gets.
public final class DashboardSite: RequestHandler {
  let database: WatchedDatabase
  let templates: PageTemplates
  let tallies = TallyCache()
  let studio: Studio
  let parts = BoundedCache<Part>(bytes: 48_000_000)
  private let assets: [String: (type: String, body: Data)]

  /// - Parameter networks: loads what pictures are made and judged with.
  /// - Throws: `UserError` when the program's own files are missing.
  public init(_ database: WatchedDatabase, networks: DashboardNetworks) throws {
    self.database = database
    templates = try PageTemplates()
    studio = Studio(networks)
    assets = try DashboardFiles.assets.reduce(into: [:]) { assets, asset in
      assets[asset.key] = (asset.value, try DashboardFiles.resources.read("Assets/\(asset.key)"))
    }
  }

  /// Only a photo is sent to us.
  public func takesBody(_ request: HTTPRequest) -> Bool {
    // A header of our own, which pages of other sites cannot send.
    request.method == .POST && Self.components(request) == ["photo"]
      && request.headers[HTTPHeader("X-Photo")] == "1"
  }

  /// What draws pictures, judges them, or reads every prediction of a cell.
  public func isSlow(_ request: HTTPRequest) -> Bool {
    switch Self.components(request) {
    case ["look"], ["photo"], ["thumbnail"]: true
    case ["parts", "compare"], ["parts", "experiment"], ["parts", "confusions"]: true
    case ["images"]: Self.isSearch(Query(request))
    default: false
    }
  }

  /// The answer to a request; whatever goes wrong is a page that says so.
  public func reply(to request: HTTPRequest, body: Data) -> Reply {
    do {
      guard let path = Self.components(request) else {
        throw PageError.badRequest("The path cannot be read.")
      }
      if path == ["photo"] { return try photo(request, body) }
      guard [.GET, .HEAD].contains(request.method) else {
        var reply = refusal(.methodNotAllowed, "This server only shows what is there.")
        reply.headers["Allow"] = "GET, HEAD"
        return reply
      }
      return try route(path, Query(request))
    } catch let error as PageError {
      return refusal(error.status, error.message)
    } catch let error as UserError {
      return refusal(.serviceUnavailable, error.description)
    } catch {
      return refusal(.internalServerError, "\(error)")
    }
  }

  /// What a browser gets for a target such as `/runs/3?x=1`.
  public func page(_ target: String) -> Reply {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let query = parts.count > 1 ? parts[1] : ""
    let request = HTTPRequest(
      method: .GET, version: .http11,
      target: HTTPRequest.Target(path: parts.first ?? "/", query: query), headers: [:],
      body: HTTPBodySequence())
    return reply(to: request, body: Data())
  }

  /// The decoded parts of a path; `nil` where they are no text.
  private static func components(_ request: HTTPRequest) -> [String]? {
    let parts = request.target.path().split(separator: "/")
    let decoded = parts.compactMap { $0.removingPercentEncoding }
    guard decoded.count == parts.count, !decoded.contains(where: { $0.contains("\0") }) else {
      return nil
    }
    return decoded
  }

  private func route(_ path: [String], _ query: Query) throws -> Reply {
    let served = Links(isStatic: false)
    switch path {
    case []: return Reply(html: try runsPage(query, served))
    case ["events"]: return .stream
    case ["compare"]: return Reply(html: try comparePage(query, served))
    case ["experiments"]: return Reply(html: try experimentsPage(served))
    case ["images"]: return Reply(html: try imagesPage(query, served))
    case ["image"]: return Reply(html: try imagePage(query, served))
    case ["thumbnail"]: return try thumbnail(query)
    case ["look"]: return Reply(json: try look(query))
    default: break
    }
    guard path.count >= 2 else { throw Self.noPage }
    switch (path[0], path.count) {
    case ("assets", 2): return try asset(path[1])
    case ("experiments", 2): return Reply(html: try experimentPage(path[1], served))
    case ("parts", _): return try part(path, query)
    case ("runs", 2): return Reply(html: try runPage(try id(path[1]), served))
    case ("runs", 3) where path[2] == "curve":
      return Reply(json: try curve(try id(path[1]), query))
    case ("runs", 4) where path[2] == "pictures":
      return try picture(try id(path[1]), path[3])
    default: throw Self.noPage
    }
  }

  private static let noPage = PageError.notFound("There is no such page.")

  private func id(_ text: String) throws -> Int64 {
    guard let id = Int64(text), id > 0 else {
      throw PageError.notFound("There is no run \(text.prefix(40)).")
    }
    return id
  }

  private func asset(_ name: String) throws -> Reply {
    guard let asset = assets[name] else { throw Self.noPage }
    var reply = Reply(type: asset.type, body: asset.body)
    reply.caching = "no-cache"
    return reply
  }

  /// A page that says what is wrong.
  public func refusal(_ status: HTTPStatusCode, _ reason: String) -> Reply {
    let values = ProblemValues(title: status.phrase, code: "\(status.code)", message: reason)
    do {
      let content = try templates.render(.problem, values)
      return Reply(
        status,
        html: try layout(status.phrase, "", content, Links(isStatic: false)))
    } catch {
      return Reply(status, type: "text/plain; charset=utf-8", body: Data(reason.utf8))
    }
  }

  private struct ProblemValues: Encodable { let title, code, message: String }

  /// A page around its inner part.
  ///
  /// - Parameters:
  ///   - place: which entry of the navigation is the page's; empty for none.
  ///   - change: the number of the database's change before the page was read, where the page is brought
  ///     up to date when the database changes.
  func layout(
    _ title: String, _ place: String, _ content: String, _ links: Links, change: Int? = nil,
    scripts: [String] = []
  ) throws -> String {
    let entries = [
      ("runs", "Runs", links.runs), ("experiments", "Experiments", links.experiments),
      ("images", "Images", links.images ?? ""),
    ].filter { !$0.2.isEmpty }
    return try templates.render(
      .layout,
      LayoutValues(
        title: title, database: URL(fileURLWithPath: database.path).lastPathComponent,
        style: links.asset("style.css"), theme: links.asset("theme.js"),
        icon: links.asset("icon.svg"),
        scripts: (["app.js"] + scripts).map(links.asset), home: links.runs,
        entries: entries.map {
          LayoutValues.Entry(name: $0.1, address: $0.2, isCurrent: $0.0 == place)
        }, change: links.isStatic ? nil : change.map { "\($0)" }, content: content))
  }

  private struct LayoutValues: Encodable {
    struct Entry: Encodable {
      let name, address: String
      let isCurrent: Bool
    }
    let title, database, style, theme, icon: String
    let scripts: [String]
    let home: String
    let entries: [Entry]
    let change: String?
    let content: String
  }
}
