/// As JSON Schema (draft 2020-12), by which editors complete and check YAML.
extension SettingsSchema {
  /// The whole schema of a file.
  package var jsonSchema: JSONValue {
    guard case .object(var object) = extends ? extending : object else { return .null }
    object["$schema"] = .text("https://json-schema.org/draft/2020-12/schema")
    return .object(object)
  }

  /// What a file that extends another says is only a part of what there must be.
  private var extending: JSONValue {
    let other = JSONValue.object([
      "properties": .object(["extends": SettingType.path.jsonSchema]),
      "required": .list([.text("extends")]),
    ])
    return .object(["title": .text(title), "anyOf": .list([object, other])])
  }

  fileprivate var object: JSONValue {
    .object([
      "title": .text(title), "type": .text("object"), "additionalProperties": .flag(false),
      "properties": .object(
        Dictionary(
          settings.map { ($0.name, $0.jsonSchema) }, uniquingKeysWith: { first, _ in first })),
      "required": .list(settings.filter(\.isRequired).map { .text($0.name) }),
    ])
  }
}

extension SettingDeclaration {
  fileprivate var jsonSchema: JSONValue {
    guard case .object(var object) = mayBeNothing.jsonSchema else { return .null }
    object["description"] = .text(meaning)
    if let standard { object["default"] = standard }
    return .object(object)
  }

  /// A key that need not be there may as well say `null`, which takes away what another file has.
  private var mayBeNothing: SettingType {
    switch type {
    case .nullable, .group, .entries, .list: return type
    default: break
    }
    return isRequired || standard != nil ? type : .nullable(type)
  }
}

extension SettingType {
  var jsonSchema: JSONValue {
    switch self {
    case .text, .path: .object(["type": .text("string"), "minLength": .integer(1)])
    case .fileName: .object(["type": .text("string"), "pattern": .text(#"^[\p{L}\p{N}._-]+$"#)])
    case .flag: .object(["type": .text("boolean")])
    case .integer(let range):
      .object(
        ["type": .text("integer"), "minimum": .integer(range.lowerBound)].merging(
          range.upperBound == .max ? [:] : ["maximum": .integer(range.upperBound)]
        ) { $1 })
    case .number(let range):
      .object([
        "type": .text("number"), "minimum": .number(range.lowerBound),
        "maximum": .number(range.upperBound),
      ])
    case .range(let range):
      .object([
        "anyOf": .list([
          SettingType.number(range).jsonSchema,
          .object([
            "type": .text("array"), "items": SettingType.number(range).jsonSchema,
            "minItems": .integer(2), "maxItems": .integer(2),
          ]),
        ])
      ])
    case .word(let words): .object(["enum": .list(words.map(JSONValue.text))])
    case .wordOrFile(let words):
      SettingType.anyOf([
        SettingType.word(words).jsonSchema,
        .object(["type": .text("string"), "pattern": .text(#"/|\.ya?ml$"#)]),
      ])
    case .named(let words, _): SettingType.word(words).jsonSchema
    case .list(let type):
      .object([
        "type": .text("array"), "items": type.jsonSchema, "minItems": .integer(1),
      ])
    case .words(let words):
      .object([
        "type": .text("array"), "items": SettingType.word(words).jsonSchema,
        "minItems": .integer(1), "uniqueItems": .flag(true),
      ])
    case .group(let schema): schema.object
    case .entries(let type):
      .object([
        "type": .text("object"), "additionalProperties": type.jsonSchema,
        "minProperties": .integer(1),
      ])
    case .nullable(let type):
      SettingType.anyOf([type.jsonSchema, .object(["type": .text("null")])])
    case .oneOrSome(let type):
      SettingType.anyOf([type.jsonSchema, SettingType.list(type).jsonSchema])
    case .either(let first, let second): SettingType.anyOf([first.jsonSchema, second.jsonSchema])
    }
  }

  private static func anyOf(_ schemas: [JSONValue]) -> JSONValue {
    .object(["anyOf": .list(schemas)])
  }
}
