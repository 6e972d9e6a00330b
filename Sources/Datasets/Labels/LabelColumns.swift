import Foundation
import Support

/// How the lines of a `labels.csv` are read.
struct LabelColumns {
  let hasHeader: Bool
  /// The columns that say which part of a photo is the print.
  let crop: CropColumns
  private let classList: ClassList
  private let file: Int
  /// Columns that give the class, the one that counts first.
  private let classes: [Column]
  /// Columns with a class in words.
  private let names: [Int]

  /// A column of classes.
  private struct Column {
    let name: String
    let position: Int
    /// Whether a number in it is an index.
    var hasIndices = true
  }

  /// Those that can give the label; the first one present counts.
  private static let labels = ["label", "index", "wnid"]
  /// Those that repeat it under common names for indices.
  private static let indices = ["class_index", "class_idx"]
  /// Those that may hold WordNet ids or a class in words.
  private static let words = [
    "name", "class", "class_name", "classname", "label_name", "category", "synset", "wordnet_id",
  ]

  /// - Throws: `UserError` when the first line neither names the columns nor has a file and a label.
  init(header row: CSV.Row?, list: String, classes classList: ClassList) throws {
    self.classList = classList
    guard let row else { throw UserError("\(list): the file is empty") }
    let header = row.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    let remedy = "the first line must be file,label"
    guard let file = header.firstIndex(of: "file") else {
      guard header.count >= 2, try classList.index(of: row.text(1)) != nil else {
        throw UserError("\(list): no column called file", remedy: remedy)
      }
      (hasHeader, self.file, names) = (false, 0, [])
      classes = [Column(name: "label", position: 1)]
      crop = try CropColumns(header: [], list: list)
      return
    }
    guard header.lastIndex(of: "file") == file else {
      throw UserError("\(list): two columns called file", remedy: "remove one of them")
    }
    func columns(_ names: [String], hasIndices: Bool = true) -> [Column] {
      names.flatMap { name in
        header.indices.filter { header[$0] == name }.map {
          Column(name: name, position: $0, hasIndices: hasIndices)
        }
      }
    }
    let labels = columns(Self.labels)
    guard !labels.isEmpty else {
      throw UserError("\(list): no column called label, index or wnid", remedy: remedy)
    }
    (hasHeader, self.file) = (true, file)
    let words = columns(Self.words, hasIndices: false)
    classes = labels + columns(Self.indices) + words
    names = words.map(\.position)
    crop = try CropColumns(header: header, list: list)
  }

  /// The name of the file and its class.
  ///
  /// - Throws: `UserError` naming the line for fields that are missing or make no sense, and for
  ///   columns that contradict each other.
  func fileAndLabel(_ row: CSV.Row, place: String) throws -> (file: String, label: Int) {
    let needed = max(file, classes[0].position) + 1
    guard row.fields.count >= needed else {
      throw UserError("\(place): \(row.fields.count) of the \(needed) columns needed")
    }
    var name = row.text(file)
    while name.hasPrefix("./") { name.removeFirst(2) }
    guard !name.isEmpty else { throw UserError("\(place): the name of the file is missing") }
    let label = try classList.label(row.text(classes[0].position), place: place)
    for column in classes.dropFirst() { try compare(column, label, row, place: place) }
    return (name, label)
  }

  /// A further column against the label. Texts that are not classes say nothing.
  private func compare(
    _ column: Column, _ label: Int, _ row: CSV.Row, place: String
  ) throws {
    let text = row.text(column.position)
    let number = Int(text)
    if number != nil, !column.hasIndices { return }
    let known = classList
    let other = try known.index(of: text)
    guard other != label, other != nil || number != nil || ClassList.isWordNetID(text)
    else { return }
    throw UserError(
      "\(place): \(classes[0].name) \(known.text(label)) and \(column.name) "
        + "\(other.map(known.text) ?? "\(text), which is not a class,") contradict each other",
      remedy: "correct the one that is wrong; a column \(classes[0].name) or \(column.name) that "
        + "means something else, e.g. counts the lines, needs another name")
  }

  /// What the row says of the class in words.
  func words(_ row: CSV.Row) -> [String] {
    names.map(row.text).filter { !$0.isEmpty }
  }
}

extension ClassList {
  /// The class that a text gives, which must be one.
  ///
  /// - Throws: `UserError` that begins with the place, for others.
  func label(_ text: String, place: String) throws -> Int {
    if let label = try index(of: text) { return label }
    if let number = Int(text) {
      throw UserError("\(place): label \(number) is outside 0…\(count - 1)")
    }
    if Self.isWordNetID(text) {
      throw UserError("\(place): no class of \(title) has the WordNet id \(text)")
    }
    throw UserError(
      "\(place): \"\(text)\" is not a label",
      remedy: isImageNet
        ? "give an index 0…999, a WordNet id or the name of a validation file"
        : "give an index 0…\(count - 1) or one of the names in \(title)")
  }

  /// The class of an index, an id or, of ImageNet's, the name of a validation file; `nil` for other texts.
  /// A class may be called by a number (CIFAR's `0`…`99` are): ids come first.
  func index(of text: String) throws -> Int? {
    if let index = index(id: text) { return index }
    if let index = Int(text) { return self[index]?.index }
    return isImageNet ? try ValidationLabels.builtIn().label(file: text) : nil
  }
}

extension CSV.Row {
  /// A field without white space around it; empty where the row has none at this position.
  func text(_ position: Int) -> String {
    fields.indices.contains(position)
      ? fields[position].trimmingCharacters(in: .whitespaces) : ""
  }
}
