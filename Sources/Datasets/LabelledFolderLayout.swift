import Foundation
import Support

extension DatasetLayout {
  /// Any folder with a `labels.csv` that gives the class of each file.
  ///
  /// The header names a column `file` and one of `label`, `index`, `wnid` (the first of them that
  /// is there counts); further columns are allowed. Without a header the columns are file, label.
  /// A label is an index 0…999, a WordNet id, or the name of a validation file. Files are looked
  /// for beside `labels.csv`, then in `images/`. Columns that say which part of a photo is the print
  /// are optional, see `CropColumns`.
  static let labelledFolder = DatasetLayout(
    name: "labelled-folder",
    summary: "any folder with a labels.csv of file,label",
    honoursOrientation: true
  ) { place in
    let list = "\(place.path)/labels.csv"
    guard place.isFolder, FileManager.default.fileExists(atPath: list) else { return nil }
    var rows = try CSV.rows(path: list)[...]
    let columns = try LabelColumns(header: rows.first, list: list)
    if columns.hasHeader { rows = rows.dropFirst() }
    var contents = Contents(items: [])
    for row in rows {
      guard row.fields.count > max(columns.file, columns.label) else {
        throw UserError(
          "\(list), line \(row.line): \(row.fields.count) of the "
            + "\(max(columns.file, columns.label) + 1) columns needed")
      }
      let name = LabelColumns.fileName(row.fields[columns.file])
      guard !name.isEmpty else {
        throw UserError("\(list), line \(row.line): the name of the file is missing")
      }
      let label = try LabelColumns.label(
        row.fields[columns.label], place: "\(list), line \(row.line)")
      guard let file = LabelColumns.find(name, in: place.path) else {
        throw UserError(
          "\(list), line \(row.line): \(name) is listed but not there",
          remedy: "add the file beside labels.csv or take the line out")
      }
      let crop = try columns.crop.crop(of: row, list: list)
      if let crop {
        try CropColumns.check(crop, path: file.path, place: "\(list), line \(row.line)")
      }
      contents.items.append(
        LabelledItem(
          name: name, label: label, size: file.size, location: .file(path: file.path), crop: crop))
    }
    return contents
  }
}

/// How a `labels.csv` is read.
private struct LabelColumns {
  let hasHeader: Bool
  let file: Int
  let label: Int
  let crop: CropColumns

  init(header row: CSV.Row?, list: String) throws {
    guard let row else { throw UserError("\(list): the file is empty") }
    let names = row.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    let remedy = "the first line must be file,label"
    if let file = names.firstIndex(of: "file") {
      guard let label = ["label", "index", "wnid"].lazy.compactMap(names.firstIndex(of:)).first
      else { throw UserError("\(list): no column called label, index or wnid", remedy: remedy) }
      (hasHeader, self.file, self.label) = (true, file, label)
      crop = try CropColumns(header: names, list: list)
    } else {
      guard names.count >= 2, (try? Self.label(row.fields[1], place: list)) != nil else {
        throw UserError("\(list): no column called file", remedy: remedy)
      }
      (hasHeader, self.file, self.label) = (false, 0, 1)
      crop = try CropColumns(header: [], list: list)
    }
  }

  /// A file's name without white space around it and without a leading `./`.
  static func fileName(_ field: String) -> String {
    var name = field.trimmingCharacters(in: .whitespaces)
    while name.hasPrefix("./") { name.removeFirst(2) }
    return name
  }

  static func find(_ name: String, in folder: String) -> FolderListing.Entry? {
    let places =
      name.hasPrefix("/") ? [name] : ["\(folder)/\(name)", "\(folder)/images/\(name)"]
    return places.lazy.compactMap { FolderListing.entry(name, path: $0) }.first { !$0.isFolder }
  }

  static func label(_ field: String, place: String) throws -> Int {
    let text = field.trimmingCharacters(in: .whitespaces)
    if let index = Int(text) {
      guard (0..<ImageNetClasses.count).contains(index) else {
        throw UserError("\(place): label \(index) is outside 0…\(ImageNetClasses.count - 1)")
      }
      return index
    }
    if ImageNetClasses.isWordNetID(text) {
      guard let index = try ImageNetClasses.builtIn().index(wnid: text) else {
        throw UserError("\(place): no class of ImageNet-1k has the WordNet id \(text)")
      }
      return index
    }
    if let label = try ValidationLabels.builtIn().label(file: text) { return label }
    throw UserError(
      "\(place): \"\(text)\" is no label",
      remedy: "give an index 0…999, a WordNet id or the name of a validation file")
  }
}
