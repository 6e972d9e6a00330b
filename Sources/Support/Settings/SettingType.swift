/// What the value of a setting can be. What reads values and what describes them both follow it.
package indirect enum SettingType: Sendable {
  /// A text that is not empty.
  case text
  /// A text that can be part of a file's name: letters, digits, - _ and `.`.
  case fileName
  /// A path, which counts from the file's folder.
  case path
  /// `true` or `false`.
  case flag
  /// A whole number.
  case integer(ClosedRange<Int>)
  /// A finite number.
  case number(ClosedRange<Double>)
  /// A number, or a list of a lower and an upper bound.
  case range(ClosedRange<Double>)
  /// One of some words.
  case word([String])
  /// One of some words, or the path of a YAML file.
  case wordOrFile([String])
  /// One of many words, that are said in fewer.
  case named([String], inWords: String)
  /// A list that is not empty.
  case list(SettingType)
  /// Words of a list, each once.
  case words([String])
  /// Keys and values of a schema.
  case group(SettingsSchema)
  /// Values under keys of the user's own.
  case entries(SettingType)
  /// What another is, or `null` for nothing.
  case nullable(SettingType)
  /// One, or a list of some.
  case oneOrSome(SettingType)
  /// Either of two.
  case either(SettingType, SettingType)
}

/// What can be said of a setting without reading one.
package struct SettingDeclaration: Sendable {
  /// The key.
  package let name: String
  /// What the value can be.
  package let type: SettingType
  /// What holds where the key is missing; `nil` for nothing that could be written down.
  package let standard: JSONValue?
  /// Whether the key must be there.
  package let isRequired: Bool
  /// One sentence, with the unit.
  package let meaning: String

  /// A key by what is said of it.
  package init(
    name: String, type: SettingType, standard: JSONValue? = nil, isRequired: Bool = false,
    meaning: String
  ) {
    (self.name, self.type, self.standard) = (name, type, standard)
    (self.isRequired, self.meaning) = (isRequired, meaning)
  }
}

/// The keys that may stand at a place of a settings file.
package struct SettingsSchema: Sendable {
  /// What the place is, in a few words.
  package let title: String
  /// In the order of a file.
  package let settings: [SettingDeclaration]
  /// Whether it is of a whole file that may extend another, see `YAMLSettings`.
  package let extends: Bool

  /// Keys of a place.
  package init(_ title: String, extends: Bool = false, _ settings: [SettingDeclaration]) {
    (self.title, self.extends, self.settings) = (title, extends, settings)
  }

  /// The keys' names.
  package var names: [String] { settings.map(\.name).distinct }
}
