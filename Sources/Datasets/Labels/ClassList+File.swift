import Foundation
import Support

extension ClassList {
  /// The most classes of a list: no rank is `Prediction.unknownRank` then.
  static let limit = 1_000_000

  /// Reads a list of classes as people have them:
  ///
  /// - text with a class on each line, in the order of the logits (Keras's and most tutorials'
  ///   `labels.txt`);
  /// - JSON: a list of names, an object of names with their indices (torchvision's `class_to_idx`) or of
  ///   indices with their names (`id2label`), or one that holds such an object under one of these two
  ///   names, as the `config.json` of Hugging Face's models does.
  ///
  /// A class that is called by a WordNet id of ImageNet's has that class's name.
  ///
  /// - Throws: `UserError` naming the file for one that cannot be read, is neither, names a class twice or
  ///   leaves out an index.
  public init(file: String) throws {
    let data = try BoundedFile.read(path: file, Limits.textBytes)
    guard let text = String(data: data, encoding: .utf8) else {
      throw UserError("\(file): not text in UTF-8", remedy: Self.remedy)
    }
    let isObject = text.first { !$0.isWhitespace }.map { "[{".contains($0) } ?? false
    try self.init(
      ids: isObject ? Self.ids(json: text, file: file) : Self.ids(lines: text), title: file)
  }

  /// - Parameters:
  ///   - ids: what data sets call the classes, in the order of their indices.
  ///   - title: what to call the list in messages.
  /// - Throws: `UserError` naming the list when it is empty or too long, or two classes have one id.
  public init(ids: [String], title: String) throws {
    guard ids.count <= Self.limit else {
      throw UserError("\(title): names \(ids.count) classes, more than \(Self.limit)")
    }
    let known = try Self.imageNet()
    try self.init(
      ids.enumerated().map { index, id in
        let wordNet = known.index(id: id).flatMap { known[$0] }
        return Class(
          index: index, id: id, name: wordNet?.name ?? id, synonyms: wordNet?.synonyms ?? [])
      }, title: title, isImageNet: ids == known.ids)
  }

  private static let remedy = "give a class on each line, or JSON"

  private static func ids(lines text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  private static func ids(json text: String, file: String) throws -> [String] {
    let problem = UserError("\(file): JSON that is no list of classes", remedy: remedy)
    switch JSONValue(json: text) {
    case .list(let names): return try names.map { try Self.name($0, or: problem) }
    case .object(let members):
      for held in ["id2label", "class_to_idx"] {
        if case .object(let classes) = members[held] {
          return try ordered(try classes.map { try indexed($0, $1, problem, file) }, file: file)
        }
      }
      return try ordered(try members.map { try indexed($0, $1, problem, file) }, file: file)
    default: throw problem
    }
  }

  private static func name(_ value: JSONValue, or problem: UserError) throws -> String {
    guard case .text(let name) = value else { throw problem }
    return name
  }

  /// A name with its index, or an index with its name.
  private static func indexed(
    _ key: String, _ value: JSONValue, _ problem: UserError, _ file: String
  ) throws -> (index: Int, id: String) {
    if case .integer(let index) = value { return (index, key) }
    let name = try name(value, or: problem)
    guard let index = Int(key) else {
      throw UserError("\(file): \"\(key)\" is not the index of a class", remedy: remedy)
    }
    return (index, name)
  }

  private static func ordered(_ classes: [(index: Int, id: String)], file: String) throws
    -> [String]
  {
    let sorted = classes.sorted { $0.index < $1.index }
    for (place, known) in sorted.enumerated() where known.index != place {
      throw UserError(
        known.index < place
          ? "\(file): two classes have the index \(known.index)"
          : "\(file): no class has the index \(place)",
        remedy: "indices count from 0, without gaps")
    }
    return sorted.map(\.id)
  }
}
