import Yams

/// Merged settings, which know where each was written.
struct SettingsTree {
  /// All of it.
  private(set) var root: Node
  /// By place: what was written elsewhere than the place that it is in.
  private(set) var sources: [String: YAMLSource] = [:]

  /// What one file says.
  init(_ root: Node) { self.root = root }

  /// The whole is now a part of another file, and keeps its own source.
  mutating func adopt(from source: YAMLSource) {
    for (key, _) in root.mapping ?? [:] {
      guard let name = key.string else { continue }
      sources[name] = sources[name] ?? source
    }
  }

  /// Puts another file's settings in; keys and values are merged at every depth.
  ///
  /// - Throws: `UserError` for a name that a list has no part of.
  mutating func merge(_ changes: Node, from source: YAMLSource) throws {
    root = try merged(root, changes, at: "", source)
  }

  /// Puts a value in the place of what is there.
  ///
  /// - Parameter path: keys, and names or numbers of a list's parts.
  /// - Returns: what was there; `nil` for nothing.
  /// - Throws: `UserError` naming the source for a place that there cannot be.
  mutating func set(
    _ path: [String], to value: Node, from source: YAMLSource
  ) throws -> Node? {
    var former: Node?
    root = try replaced(root, path[...], at: "", by: value, source, &former)
    return former
  }

  private mutating func merged(
    _ base: Node, _ changes: Node, at place: String, _ source: YAMLSource
  ) throws -> Node {
    guard let changed = changes.mapping else { return replace(place, by: changes, source) }
    if var result = base.mapping {
      for (key, value) in changed {
        let inner = YAMLReader.place(of: key.string ?? "", in: place)
        result[key] =
          try result[key].map { try merged($0, value, at: inner, source) }
          ?? replace(inner, by: value, source)
      }
      return .mapping(result)
    }
    guard var result = base.sequence else { return replace(place, by: changes, source) }
    for (key, value) in changed {
      let reader = YAMLReader(node: key, source: source, place: place)
      let index = try Self.index(of: try reader.text(), in: result, reader)
      result[index] = try merged(result[index], value, at: "\(place)[\(index)]", source)
    }
    return .sequence(result)
  }

  private mutating func replaced(
    _ base: Node, _ path: ArraySlice<String>, at place: String, by value: Node,
    _ source: YAMLSource, _ former: inout Node?
  ) throws -> Node {
    guard let key = path.first else {
      former = base
      return replace(place, by: value, source)
    }
    let rest = path.dropFirst()
    if var mapping = base.mapping {
      let inner = YAMLReader.place(of: key, in: place)
      guard let known = mapping[key] else {
        // Whoever reads it says whether there is such a key.
        mapping[key] = replace(inner, by: Self.nested(rest, value), source)
        return .mapping(mapping)
      }
      mapping[key] = try replaced(known, rest, at: inner, by: value, source, &former)
      return .mapping(mapping)
    }
    let reader = YAMLReader(node: base, source: source, place: place)
    guard var sequence = base.sequence else {
      throw reader.error("has no keys, such as \(key)")
    }
    let index = try Self.index(of: key, in: sequence, reader)
    sequence[index] = try replaced(
      sequence[index], rest, at: "\(place)[\(index)]", by: value, source, &former)
    return .sequence(sequence)
  }

  /// From now on what is at a place, and in it, has this source.
  private mutating func replace(
    _ place: String, by value: Node, _ source: YAMLSource
  ) -> Node {
    sources = sources.filter { !$0.key.hasPrefix("\(place).") && !$0.key.hasPrefix("\(place)[") }
    sources[place] = source
    return value
  }

  private static func nested(_ path: ArraySlice<String>, _ value: Node) -> Node {
    path.reversed().reduce(value) { .mapping(Node.Mapping([(Node($1), $0)])) }
  }

  /// The part of a list that has a name, or a number from 0.
  private static func index(
    of name: String, in list: Node.Sequence, _ reader: YAMLReader
  ) throws -> Int {
    let names = list.map { $0.mapping?["name"]?.string }
    let found = names.indices.filter { names[$0] == name }
    if found.count == 1 { return found[0] }
    if found.count > 1 {
      throw reader.error(
        "\(found.count) parts are called \(name)", remedy: "give its number from 0")
    }
    if let index = Int(name), list.indices.contains(index) { return index }
    throw reader.error(
      "has no part \(name)", remedy: Suggestion.remedy(for: name, among: names.compactMap(\.self)))
  }
}
