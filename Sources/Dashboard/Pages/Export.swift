import Foundation
import Support
import Tracking

extension DashboardSite {
  /// The most runs, and experiments, that a folder has pages of.
  private static let mostPages = 200
  /// The most bytes of a folder.
  private static let mostBytes = 100_000_000

  /// Writes the pages as files that a browser opens from disk.
  ///
  /// - Returns: what was written, in a line or two.
  /// - Throws: `UserError` naming what cannot be written, and when the folder becomes too large.
  public func export(to folder: String) throws -> String {
    let links = Links(isStatic: true)
    let store = try database.store()
    var writer = FolderWriter(folder: folder, most: Self.mostBytes)
    for (name, _) in DashboardFiles.assets {
      try writer.write("assets/\(name)", try DashboardFiles.resources.read("Assets/\(name)"))
    }
    let empty = Query([:])
    try writer.write(links.runs, try runsPage(empty, links, count: Self.mostPages))
    var query = RunQuery()
    query.count = Self.mostPages
    let (runs, total) = try store.runs(query)
    for listed in runs {
      let id = listed.summary.run.id
      try writer.write(links.run(id), try runPage(id, links))
    }
    try writer.write(links.experiments, try experimentsPage(links))
    let experiments = try store.experiments()
    for name in experiments.prefix(Self.mostPages) {
      let html = try report(name, links, &writer)
      try writer.write(links.experiment(name), try experimentPage(name, links, html: html))
    }
    let left = max(0, total - runs.count) + max(0, experiments.count - Self.mostPages)
    return "\(folder)/index.html: \(writer.files) files, "
      + String(format: "%.1f MB", Double(writer.bytes) / 1e6)
      + (left > 0 ? "; \(left) older runs or experiments have no page" : "")
  }
}

extension DashboardSite {
  /// An experiment's report with its pictures, or why there is none.
  fileprivate func report(
    _ name: String, _ links: Links, _ writer: inout FolderWriter
  ) throws -> String {
    do {
      let part = try experimentPart(name, links)
      for file in part.files { try writer.write("files/\(file.name)", Data(file.bytes)) }
      return part.html
    } catch let error as PageError {
      return "<p>\(MarkdownPage.escaped(error.message))</p>"
    }
  }
}

/// Writes files into a folder, up to a number of bytes.
private struct FolderWriter {
  let folder: String
  let most: Int
  private(set) var files = 0
  private(set) var bytes = 0

  init(folder: String, most: Int) { (self.folder, self.most) = (folder, most) }

  mutating func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

  mutating func write(_ name: String, _ data: Data) throws {
    (files, bytes) = (files + 1, bytes + data.count)
    guard bytes <= most else {
      throw UserError(
        "\(folder): its pages would take more than \(most / 1_000_000) MB",
        remedy: "export a database of fewer runs")
    }
    let path = "\(folder)/\(name)"
    try AtomicFile.makeFolder(of: path)
    try AtomicFile.write(Array(data), to: path)
  }
}
