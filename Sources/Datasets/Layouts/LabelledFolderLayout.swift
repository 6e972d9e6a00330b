import Foundation
import Imaging
import Support

extension DatasetLayout {
  /// Any folder with a `labels.csv` that gives the class of each file, or such a list by itself, under any
  /// name that ends in `.csv`.
  ///
  /// The header names a column `file` and one of `label`, `index`, `wnid` (the first one
  /// present counts, and the others must agree with it); further columns are allowed. Without a
  /// header the columns are file, label. A label is an index, an id (of ImageNet's classes the WordNet id), or
  /// the name of a validation file. Files are looked for beside the list, then in `images/`. Columns that say
  /// which part of a photo is the print are optional, see `CropColumns`.
  static let labelledFolder = DatasetLayout(
    name: "labelled-folder",
    summary: "any folder with a labels.csv of file,label, or such a list by itself (.csv)"
  ) { place, classes in
    let list = place.isFolder ? "\(place.path)/labels.csv" : place.path
    guard list.hasSuffix(".csv"), FolderListing.exists(list) else { return nil }
    let beside = list.lastIndex(of: "/").map { String(list[..<$0]) } ?? "."
    var rows = try CSV.rows(path: list)[...]
    let columns = try LabelColumns(header: rows.first, list: list, classes: classes)
    if columns.hasHeader { rows = rows.dropFirst() }
    var reader = LabelledFolderReader(
      folder: beside.isEmpty ? "/" : beside, list: list, columns: columns, classes: classes)
    for row in rows { try reader.read(row) }
    // A list by itself may be of some photos among many.
    return try reader.contents(namesUnlisted: place.isFolder)
  }
}

/// Goes through the lines of a `labels.csv`.
private struct LabelledFolderReader {
  let folder: String
  let list: String
  let columns: LabelColumns
  let classes: ClassList

  private var items: [LabelledItem] = []
  /// Line and label by name, and line and name by the file's path below the folder.
  private var known: [String: (line: Int, label: Int)] = [:]
  private var places: [String: (line: Int, name: String)] = [:]
  private var byName: Contradictions
  private var byWords: Contradictions

  init(folder: String, list: String, columns: LabelColumns, classes: ClassList) {
    (self.folder, self.list, self.columns, self.classes) = (folder, list, columns, classes)
    byName = Contradictions(
      between: "labels.csv and the names of its files", used: "labels.csv's label",
      classes: classes)
    byWords = Contradictions(
      between: "labels.csv's labels and names of classes", used: "the label", classes: classes)
  }

  mutating func read(_ row: CSV.Row) throws {
    let place = "\(list), line \(row.line)"
    let (name, label) = try columns.fileAndLabel(row, place: place)
    try compare(label, of: name, row)
    guard let file = Self.find(name, in: folder) else {
      throw UserError(
        "\(place): \(name) is listed but missing",
        remedy:
          "add the file beside \(URL(fileURLWithPath: list).lastPathComponent) or remove the line")
    }
    try refuseTwice(name, label, file, row)
    let crop = try columns.crop.crop(of: row, list: list)
    if let crop { try CropColumns.check(crop, path: file.path, place: place) }
    items.append(
      LabelledItem(Photo(file, name: name, crop: crop, orientation: .upright), label: label))
  }

  /// The label against what the file's name and the row's words for the class say.
  private mutating func compare(_ label: Int, of name: String, _ row: CSV.Row) throws {
    try byName.add(name, label, claim: "line \(row.line): \(name) has the label")
    for words in columns.words(row) {
      let meant = classes.indices(name: words)
      let isOther = !meant.isEmpty && !meant.contains(label)
      byWords.add(
        isOther
          ? "line \(row.line): the label is \(classes.text(label)), the name is \(words)" : nil)
    }
  }

  private mutating func refuseTwice(
    _ name: String, _ label: Int, _ file: FolderListing.Entry, _ row: CSV.Row
  ) throws {
    let place = "\(list), line \(row.line)"
    if let known = known.updateValue((row.line, label), forKey: name) {
      let other =
        known.label == label
        ? "" : ", with the label \(known.label) there and the contradicting label \(label) here"
      throw UserError(
        "\(place): \(name) appears twice, first on line \(known.line)\(other)",
        remedy: "remove one of its lines")
    }
    if let known = places.updateValue((row.line, name), forKey: below(file.path)) {
      throw UserError(
        "\(place): \(name) is the same file as \(known.name) on line \(known.line)",
        remedy: "remove one of the lines")
    }
  }

  func contents(namesUnlisted: Bool) throws -> DatasetLayout.Contents {
    var contents = DatasetLayout.Contents(items: items)
    contents.notes = [
      try byName.note(place: list), try byWords.note(place: list),
      namesUnlisted ? try unlisted() : nil,
    ].compactMap { $0 }
    return contents
  }

  /// A note on photos that lie beside those in the list and are not in it.
  private func unlisted() throws -> String? {
    // Those of files that the list has from elsewhere are not the set's.
    let folders = Set(places.keys.filter { !$0.hasPrefix("/") }.map(PathName.folder))
    let names = try folders.sorted().flatMap { below in
      try FolderListing(path: below.isEmpty ? folder : "\(folder)/\(below)").entries
        .filter { !$0.isFolder && ImageFormat.isImageName($0.name) }
        .map { below.isEmpty ? $0.name : "\(below)/\($0.name)" }.filter { places[$0] == nil }
    }
    return names.first.map {
      "\(names.count.counted("photo")) left out: not in labels.csv, e.g. \($0)"
    }
  }

  /// A path below the folder, or, of a file elsewhere, the path as it is.
  private func below(_ path: String) -> String {
    let prefix = "\(folder)/"
    guard path.hasPrefix(prefix) else { return path }
    return PathName.normal(path.dropFirst(prefix.count)) ?? path
  }

  private static func find(_ name: String, in folder: String) -> FolderListing.Entry? {
    let places =
      name.hasPrefix("/") ? [name] : ["\(folder)/\(name)", "\(folder)/images/\(name)"]
    return places.lazy.compactMap { FolderListing.entry(name, path: $0) }.first { !$0.isFolder }
  }
}
