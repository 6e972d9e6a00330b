import Foundation
import Yams

/// A settings file with what it extends and what a command changes.
///
/// With `extends: other.yaml` at its top level a file says only what it changes of another: keys and
/// values are merged at every depth; anything else takes the other's place as a whole. Parts of
/// a list that have names, as phases do, can be changed by them: keys and values in place of the list.
package struct YAMLSettings {
  /// A setting that an option changed.
  package struct Change: Codable, Sendable, Equatable {
    /// Its place, e.g. `corrector.unet.width`.
    package let key: String
    /// As it was given.
    package let value: String
    /// What the files have, as YAML on one line; `nil` for nothing.
    package let file: String?

    /// A setting with both of its values.
    package init(key: String, value: String, file: String?) {
      (self.key, self.value, self.file) = (key, value, file)
    }
  }

  /// The texts of the file and of those that it extends, in that order.
  package private(set) var texts: [String]
  /// What options changed, in their order.
  package private(set) var changes: [Change] = []
  private let file: String
  private var tree: SettingsTree

  /// Reads a file and those that it extends.
  ///
  /// - Throws: `UserError` naming a file that cannot be read, is not YAML or extends itself, and a name
  ///   that a list has no part of.
  package init(file: String) throws {
    try self.init(file: file, extendedBy: [])
  }

  private init(file: String, extendedBy files: [String]) throws {
    self.file = file
    let text = try YAMLReader.text(ofFile: file)
    let own = try YAMLReader(text: text, file: file)
    (texts, tree) = ([text], SettingsTree(own.node))
    guard var mapping = own.node.mapping, let extended = mapping[Self.key] else { return }
    let source = YAMLSource(file: file)
    let place = YAMLReader(node: extended, source: source, place: Self.key)
    let path = try place.path()
    let known = files + [Self.canonical(file)]
    guard !known.contains(Self.canonical(path)) else {
      throw place.error("\(path) extends this file in its turn")
    }
    let other = try Self(file: path, extendedBy: known)
    mapping[Self.key] = nil
    texts += other.texts
    tree = other.tree
    tree.adopt(from: YAMLSource(file: path))
    try tree.merge(.mapping(mapping), from: source)
  }

  private static let key = "extends"

  private static func canonical(_ file: String) -> String {
    URL(fileURLWithPath: file).resolvingSymlinksInPath().standardizedFileURL.path
  }

  /// What is merged, for reading.
  package var root: YAMLReader {
    YAMLReader(node: tree.root, source: YAMLSource(file: file), changed: tree.sources)
  }

  /// SHA-256 of the text, or of all texts where the file extends others.
  package var digest: String { FileDigest.sha256(Data(texts.joined(separator: "\0").utf8)) }

  /// Changes a setting.
  ///
  /// - Parameters:
  ///   - assignment: `key=value`, where the key is a place such as `corrector.unet.width`,
  ///     `phases.detail.steps` or `phases[0].steps`, and the value is YAML.
  ///   - option: that gave it, as messages name it.
  /// - Throws: `UserError` for what is no assignment, and for a place that there cannot be.
  package mutating func set(_ assignment: String, option: String) throws {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    let path = (parts.first ?? "").replacing("[", with: ".").replacing("]", with: "")
      .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !path.contains("") else {
      throw UserError("\(option): must be key=value, e.g. corrector.unet.width=32")
    }
    let value = try YAMLReader(text: parts[1].isEmpty ? "~" : parts[1], file: option)
    let former = try tree.set(path, to: value.node, from: YAMLSource(option: option))
    changes.append(
      Change(
        key: parts[0], value: parts[1],
        file: try former.map { try YAMLReader(node: $0, source: YAMLSource(file: file)).line() }))
  }
}
