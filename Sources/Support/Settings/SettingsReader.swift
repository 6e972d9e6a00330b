/// The values at a place of a settings file, none of which is outside its schema.
package struct SettingsReader {
  /// For errors about the place as a whole.
  package let place: YAMLReader
  private let values: [String: YAMLReader]

  /// - Parameter former: further names, which files of before may have.
  /// - Throws: `UserError` naming file and line for a key that the schema does not have, one that must
  ///   be there and is not, and a `version` that is not known.
  package init(
    _ place: YAMLReader, _ schema: SettingsSchema, former: [String] = []
  ) throws {
    self.place = place
    values = try place.mapping(known: schema.names + former)
    for setting in schema.settings where setting.isRequired && values[setting.name] == nil {
      throw missing(setting.name)
    }
    if schema.names.contains(Setting.version.declaration.name) { _ = try self(.version) }
  }

  private func missing(_ name: String) -> UserError {
    place.error("the key \(name) is missing")
  }

  /// The place of a key that is there.
  package subscript<Value>(_ setting: Setting<Value>) -> YAMLReader? {
    values[setting.declaration.name]
  }

  /// The place of a key that is there, by its name.
  package subscript(name name: String) -> YAMLReader? { values[name] }

  /// The place of a key that must be there.
  package func place(_ setting: Setting<Void>) throws -> YAMLReader {
    guard let place = self[setting] else { throw missing(setting.declaration.name) }
    return place
  }

  /// The value of a key that must be there or has a standard.
  package func callAsFunction<Value>(_ setting: Setting<Value>) throws -> Value {
    if let place = self[setting] { return try setting.read(place) }
    guard let standard = setting.standard else { throw missing(setting.declaration.name) }
    return standard
  }

  /// The value of a key; `nil` where it is missing or `null`.
  package func optional<Value>(_ setting: Setting<Value>) throws -> Value? {
    guard let place = self[setting], !place.isNull else { return nil }
    return try setting.read(place)
  }

  /// The value of a key; where it is missing, it stays as it was.
  package func callAsFunction<Value>(
    _ setting: Setting<Value>, or former: Value
  ) throws -> Value {
    guard let place = self[setting] else { return former }
    return try setting.read(place)
  }
}

extension Setting where Value == Int {
  /// Of every settings file: 1.
  package static let version = Setting(
    "version", .integer(1...1), isRequired: true, "The version of the file's form."
  ) { place in
    guard place.node.int == 1 else {
      throw place.error("only version 1 is supported", remedy: "update realitygap")
    }
    return 1
  }
}
