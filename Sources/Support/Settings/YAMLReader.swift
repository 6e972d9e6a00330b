import Foundation
import Yams

/// A place in a YAML file, read strictly: anything unknown is an error of one line that names
/// file and line.
package struct YAMLReader {
  /// What Yams parsed there.
  package let node: Node
  /// Where it was written.
  private let source: YAMLSource
  /// What the place is called in messages, e.g. `datasets[0]`.
  package let place: String
  /// By place: what was written elsewhere than the place that it is in.
  private let changed: [String: YAMLSource]

  /// - Parameter place: empty for the top level.
  init(
    node: Node, source: YAMLSource, place: String = "", changed: [String: YAMLSource] = [:]
  ) {
    (self.node, self.source, self.place, self.changed) = (node, source, place, changed)
  }

  /// A key or value in this place.
  private func reader(_ node: Node, _ place: String) -> YAMLReader {
    YAMLReader(
      node: node, source: changed[place] ?? source, place: place, changed: changed)
  }

  /// What a key's value is called in messages.
  static func place(of key: String, in place: String) -> String {
    place.isEmpty ? key : "\(place).\(key)"
  }

  private func place(of key: String) -> String { Self.place(of: key, in: place) }

  /// Parses a whole file.
  ///
  /// - Throws: `UserError` naming file and line when it is not YAML.
  package init(text: String, file: String) throws {
    do {
      guard let node = try Yams.compose(yaml: text) else { throw UserError("\(file): is empty") }
      var left = try Limits.yamlValues.value
      guard node.unfolds(within: &left) else { throw try Limits.yamlValues.exceeded(by: file) }
      self.init(node: node, source: YAMLSource(file: file))
    } catch let error as YamlError {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        throw UserError("\(file):\(mark.line): not YAML (\(problem))")
      case .duplicatedKeysInMapping(let duplicates, let context):
        throw UserError(
          "\(file):\(context.mark.line): duplicate key \(duplicates.joined(separator: ", "))")
      default: throw UserError("\(file): not YAML (\(error))")
      }
    }
  }

  /// An error at this place.
  package func error(_ problem: String, remedy: String? = nil) -> UserError {
    let place = place.isEmpty ? "" : "\(place): "
    return UserError("\(source.text(at: node.mark)): \(place)\(problem)", remedy: remedy)
  }

  /// The values by key, none of which may be outside `known`.
  package func mapping(known: [String]) throws -> [String: YAMLReader] {
    guard let mapping = node.mapping else { throw error("must be keys and values") }
    var values: [String: YAMLReader] = [:]
    for (key, value) in mapping {
      guard let name = key.string else {
        throw reader(key, place).error("a key must be a text")
      }
      guard known.contains(name) else {
        let written = changed[place(of: name)] ?? source
        throw YAMLReader(node: key, source: written, place: place).error(
          "unknown key \(name)", remedy: Suggestion.remedy(for: name, among: known))
      }
      values[name] = reader(value, place(of: name))
    }
    return values
  }

  /// The elements of a list that is not empty.
  package func list() throws -> [YAMLReader] {
    guard let sequence = node.sequence, !sequence.isEmpty else {
      throw error("must be a list with at least one element")
    }
    return sequence.enumerated().map { reader($1, "\(place)[\($0)]") }
  }

  /// A text that is not empty.
  package func text() throws -> String {
    guard let text = node.scalar?.string, !text.isEmpty else { throw error("must be a text") }
    return text
  }

  /// A path; one that is not absolute counts from the file's folder.
  package func path() throws -> String {
    let path = try text()
    return path.hasPrefix("/") ? path : source.folder.appendingPathComponent(path).path
  }

  /// A text that can be part of a file's name.
  package func fileName() throws -> String {
    let name = try text()
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) else {
      throw error("must consist of letters, digits, - _ and .")
    }
    return name
  }

  /// The values with their keys, whatever those are, in the file's order; there is at least one.
  package func entries() throws -> [(key: String, value: YAMLReader)] {
    guard let mapping = node.mapping, !mapping.isEmpty else {
      throw error("must be keys and values, at least one")
    }
    return try mapping.map { key, value in
      let key = try reader(key, place).text()
      return (key, reader(value, place(of: key)))
    }
  }

  /// One of some words.
  package func word(of known: [String], _ what: String) throws -> String {
    let word = try text()
    guard known.contains(word) else {
      throw error("unknown \(what) \(word)", remedy: Suggestion.remedy(for: word, among: known))
    }
    return word
  }

  /// One of an enumeration's words.
  package func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ type: Choice.Type, _ what: String
  ) throws -> Choice {
    let text = try text()
    guard let choice = Choice(rawValue: text) else {
      throw error(
        "unknown \(what) \(text)",
        remedy: Suggestion.remedy(for: text, among: Choice.allCases.map(\.rawValue)))
    }
    return choice
  }

  /// A list of different words of an enumeration.
  ///
  /// - Parameter known: those that may stand here, or `nil` for all.
  package func choices<Choice: RawRepresentable<String> & CaseIterable>(
    _ type: Choice.Type, among known: [Choice]? = nil, _ what: String
  ) throws -> [Choice] {
    try words(of: (known ?? Array(Choice.allCases)).map(\.rawValue), what)
      .compactMap(Choice.init)
  }

  /// A list of different words.
  package func words(of known: [String], _ what: String) throws -> [String] {
    var words: [String] = []
    for element in try list() {
      let word = try element.word(of: known, what)
      guard !words.contains(word) else { throw element.error("duplicate \(what) \(word)") }
      words.append(word)
    }
    return words
  }

  /// A whole number of a range.
  package func integer(in range: ClosedRange<Int>) throws -> Int {
    guard let value = node.int, range.contains(value) else {
      let bound = range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range)"
      throw error("must be a whole number, \(bound)")
    }
    return value
  }

  /// A percentage, 0…100.
  package func percentage() throws -> Double {
    guard let value = node.float, (0...100).contains(value) else {
      throw error("must be a percentage, 0 to 100")
    }
    return value
  }

  /// A finite number of a range.
  package func number(in range: ClosedRange<Double>) throws -> Double {
    guard let value = node.float, value.isFinite, range.contains(value) else {
      throw error("must be a number, \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A number of a range, or a list of a lower and an upper bound in it.
  package func range(within limits: ClosedRange<Double>) throws -> ClosedRange<Double> {
    guard node.sequence != nil else {
      let value = try number(in: limits)
      return value...value
    }
    let bounds = try list().map { try $0.number(in: limits) }
    guard bounds.count == 2, bounds[0] <= bounds[1] else {
      throw error("must be a number or [low, high]")
    }
    return bounds[0]...bounds[1]
  }

  /// `true` or `false`.
  package func flag() throws -> Bool {
    guard let value = node.bool else { throw error("must be true or false") }
    return value
  }

  /// A list of whole numbers of a range.
  package func integers(in range: ClosedRange<Int>) throws -> [Int] {
    try list().map { try $0.integer(in: range) }
  }

  /// The value as YAML on one line.
  package func line() throws -> String {
    try Self.flow(node).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func flow(_ node: Node) throws -> String {
    if let sequence = node.sequence {
      return "[\(try sequence.map(flow).joined(separator: ", "))]"
    }
    if let mapping = node.mapping {
      let pairs = try mapping.map { "\(try flow($0)): \(try flow($1))" }
      return "{\(pairs.joined(separator: ", "))}"
    }
    return try Yams.serialize(node: node, width: -1)
      .replacing("...\n", with: "").trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Whether it is a list.
  package var isList: Bool { node.sequence != nil }

  /// Whether it says that there is nothing: `null`, `~` or no value.
  package var isNull: Bool { node.null != nil }

  /// Reads a file's text.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read, is larger than `Limits.yamlBytes` or is
  ///   not UTF-8.
  package static func text(ofFile file: String) throws -> String {
    let data = try BoundedFile.read(path: file, Limits.yamlBytes)
    guard let text = String(data: data, encoding: .utf8) else {
      throw UserError("\(file): not UTF-8 text")
    }
    return text
  }
}

extension Node {
  /// Whether it has so few values, those of anchors counted wherever they are used: anchors of anchors
  /// make billions of a few lines.
  fileprivate func unfolds(within left: inout Int) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    switch self {
    case .sequence(let sequence):
      for element in sequence where !element.unfolds(within: &left) { return false }
    case .mapping(let mapping):
      for (key, value) in mapping {
        guard key.unfolds(within: &left), value.unfolds(within: &left) else { return false }
      }
    case .scalar, .alias: break
    }
    return true
  }
}
