import Support

/// A report with everything that belongs to it, ready to be written.
public struct ReportBundle: Sendable {
  /// The page's file is `stem.md`; every other file's name begins with it.
  public let stem: String
  /// The page.
  public let markdown: String
  /// Pictures and plots, which the page shows by their names.
  public let files: [ReportFile]
  /// Every table of the page, in its order.
  public private(set) var tables: [ReportTable]

  /// The same with tables for programs that have some columns only, in their order; tables that have none of
  /// these are left out.
  ///
  /// - Throws: `UserError` for a column that no table has.
  public func selecting(columns: [String]) throws -> ReportBundle {
    let known = tables.flatMap(\.data.columns).distinct
    for name in columns where !known.contains(name) {
      throw UserError(
        "unknown column \(name)", remedy: Suggestion.remedy(for: name, among: known))
    }
    var bundle = self
    bundle.tables = tables.map { $0.selecting(columns) }.filter { !$0.data.columns.isEmpty }
    return bundle
  }

  /// Writes `FOLDER/STEM.md` with its pictures beside it, and each table to
  /// `FOLDER/tables/STEM-NAME.*`.
  ///
  /// - Parameters:
  ///   - withPage: whether the page and its pictures are written at all.
  ///   - formats: of the tables.
  /// - Returns: the paths of what was written, the page first.
  /// - Throws: `UserError` naming the file that cannot be written.
  public func write(
    to folder: String, withPage: Bool = true, formats: [TableFormat] = []
  ) throws -> [String] {
    var paths: [String] = []
    func write(_ name: String, _ bytes: [UInt8]) throws {
      let path = "\(folder)/\(name)"
      try AtomicFile.makeFolder(of: path)
      try AtomicFile.write(bytes, to: path)
      paths.append(path)
    }
    if withPage {
      try write("\(stem).md", Array(markdown.utf8))
      for file in files { try write(file.name, file.bytes) }
    }
    for format in formats {
      for table in tables {
        let label = "\(stem)-\(table.name)"
        try write(
          "tables/\(label).\(format.fileExtension)", Array(table.text(format, label: label).utf8))
      }
    }
    return paths
  }
}
