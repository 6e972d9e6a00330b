import Foundation
import Reporting
import Support
import Tracking

/// Writes the pages as files that a browser opens from disk.
///
/// What cannot be made, such as the report of an experiment whose photos are gone, is said on its page; what
/// cannot be written ends the export.
struct Export {
  /// The most runs, and experiments, that a folder has pages of.
  static let mostPages = 200
  /// The most bytes of a folder.
  static let mostBytes = 100_000_000
  /// Of those, the most that comparisons' pictures and images of cells may take.
  static let mostImageBytes = 30_000_000
  /// The most pairs of cells of an experiment that are compared, and cells whose images are shown.
  static let mostCells = 12
  /// Images of a cell.
  static let imagesOfCell = 48

  let site: DashboardSite
  let links = Links(isStatic: true)
  let store: Store
  var writer: FolderWriter
  var imageBytes = 0
  /// Comparisons, and images of cells, that found no place.
  var leftOut = 0

  init(_ site: DashboardSite, folder: String) throws {
    (self.site, store) = (site, try site.database.store())
    writer = FolderWriter(folder: folder, most: Self.mostBytes)
  }

  /// - Returns: what was written, in a line or two.
  mutating func write() throws -> String {
    for name in DashboardFiles.assets.keys.sorted() {
      try writer.write("assets/\(name)", try DashboardFiles.resources.read("Assets/\(name)"))
    }
    try writer.write(links.runs, try site.runsPage(Query([:]), links, count: Self.mostPages))
    var query = RunQuery()
    query.count = Self.mostPages
    let (runs, total) = try store.runs(query)
    for listed in runs {
      let id = listed.summary.run.id
      try writer.write(links.run(id), try site.runPage(id, links))
    }
    try writer.write(links.experiments, try site.experimentsPage(links))
    let experiments = try store.experiments()
    for name in experiments.prefix(Self.mostPages) { try write(experiment: name) }
    let left = max(0, total - runs.count) + max(0, experiments.count - Self.mostPages)
    return "\(writer.folder)/index.html: \(writer.files) files, "
      + String(format: "%.1f MB", Double(writer.bytes) / 1e6)
      + (left > 0 ? "; \(left) older runs or experiments have no page" : "")
      + (leftOut > 0
        ? "; \(leftOut) comparisons or sets of images are left out, which may take "
          + "\(Self.mostImageBytes / 1_000_000) MB" : "")
  }

  private mutating func write(experiment name: String) throws {
    let cells = try store.evaluations(experiment: name).filter(\.isFinished)
    var (comparisons, images): ([NamedLink], [NamedLink]) = ([], [])
    for pair in DashboardSite.pairs(cells).prefix(Self.mostCells) {
      guard hasRoom() else { continue }
      let before = writer.bytes
      let things = ComparedThings(cells: [pair.before.id, pair.after.id])
      let (site, links) = (site, links)
      let html = try part { try site.comparePart(things, links) }
      let page = try site.comparePage(things, links, html: html)
      try writer.write(links.compared(things), page)
      imageBytes += writer.bytes - before
      comparisons.append(
        NamedLink(name: DashboardSite.words(pair), address: links.compared(things)))
    }
    for cell in cells.prefix(Self.mostCells) where try write(imagesOf: cell, cells) {
      images.append(
        NamedLink(name: DashboardSite.title(cell), address: links.images(of: cell.id)))
    }
    let (site, links) = (site, links)
    let inner = (
      report: try part { try site.experimentPart(name, links) },
      confusions: try part { try site.confusionsPart(name) }
    )
    try writer.write(
      links.experiment(name),
      try site.experimentPage(name, links, inner: inner, comparisons, images))
  }

  /// Whether there is a place for more pictures; where not, it is noted.
  private mutating func hasRoom() -> Bool {
    guard imageBytes >= Self.mostImageBytes else { return true }
    leftOut += 1
    return false
  }

  /// A part, whose pictures are written, or why there is none.
  private mutating func part(_ make: () throws -> Part) throws -> String {
    let made: Part
    do { made = try make() } catch let error as PageError {
      return Self.problem(error.message)
    } catch let error as UserError {
      return Self.problem(error.description)
    }
    for file in made.files { try writer.write("files/\(file.name)", Data(file.bytes)) }
    return made.html
  }

  static func problem(_ text: String) -> String {
    "<p class=\"problem\">\(MarkdownPage.escaped(text))</p>"
  }

  /// The images of a cell, small.
  ///
  /// - Returns: whether there was a place for them.
  private mutating func write(
    imagesOf cell: EvaluationRecord, _ cells: [EvaluationRecord]
  ) throws -> Bool {
    guard hasRoom() else { return false }
    var wanted = ImageQuery(evaluation: cell.id)
    wanted.count = Self.imagesOfCell
    let (images, hasMore) = try store.images(wanted)
    let shown = DashboardSite.shown(cell, nil, cells.filter(cell.isPaired))
    var rows: [ImagesValues.Row] = []
    var problem: String?
    for image in images where imageBytes < Self.mostImageBytes {
      let name = "image-\(cell.id)-\(image.id)-\(image.outcome.draw).jpg"
      let data: Data
      do {
        data = try site.thumbnail(image.address, image.id, cell, store)
        rows.append(try site.row(image, cell, shown, store, thumbnail: "files/\(name)"))
      } catch let error as UserError {
        problem = error.description
        break
      }
      imageBytes += data.count
      try writer.write("files/\(name)", data)
    }
    let page = try site.imagesPage(
      of: cell, rows: rows, isPart: hasMore || rows.count < images.count, problem: problem, links)
    try writer.write(links.images(of: cell.id), page)
    return true
  }
}

extension DashboardSite {
  /// Writes the pages as files that a browser opens from disk.
  ///
  /// - Returns: what was written, in a line or two.
  /// - Throws: `UserError` naming what cannot be written, and when the folder becomes too large.
  public func export(to folder: String) throws -> String {
    var export = try Export(self, folder: folder)
    return try export.write()
  }
}

/// Writes files into a folder, up to a number of bytes.
struct FolderWriter {
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
