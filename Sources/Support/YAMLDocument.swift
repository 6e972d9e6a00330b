/// The top level of a YAML file of version 1.
package struct YAMLDocument {
  /// For errors about the whole file.
  package let root: YAMLReader
  /// By key.
  package let values: [String: YAMLReader]

  /// - Parameters:
  ///   - file: named in errors.
  ///   - known: the keys that there may be, `version` among them.
  /// - Throws: `UserError` naming file and line for what is not YAML, an unknown key, and a version
  ///   that is missing or not 1.
  package init(text: String, file: String, known: [String]) throws {
    root = try YAMLReader(text: text, file: file)
    values = try root.mapping(known: known)
    try YAMLReader.checkVersion(try required("version"))
  }

  /// The value of a key; `nil` where the file does not have it.
  package subscript(key: String) -> YAMLReader? { values[key] }

  /// The value of a key that must be there.
  package func required(_ key: String) throws -> YAMLReader {
    guard let value = values[key] else { throw root.error("the key \(key) is missing") }
    return value
  }
}
