/// As tables for people.
extension SettingsSchema {
  /// A Markdown table of the keys, and below it one of every group of keys in it.
  ///
  /// - Parameters:
  ///   - level: of the heading, from 1.
  ///   - place: what the keys' own are put behind, e.g. `corrector.`.
  package func reference(level: Int, place: String = "") -> String {
    let heading = String(repeating: "#", count: level)
    let rows = settings.map { setting in
      "| `\(setting.name)` | \(setting.type.words) | \(setting.standardText) | \(setting.meaning) |\n"
    }
    let table =
      "\(heading) \(place.isEmpty ? title : "`\(place)`: \(title)")\n\n"
      + "| key | value | default | meaning |\n|---|---|---|---|\n\(rows.joined())"
    let groups = settings.compactMap { setting in
      setting.type.group.map { group, isList in
        group.reference(
          level: min(level + 1, 6),
          place: (place.isEmpty ? "" : "\(place).") + setting.name + (isList ? "[]" : ""))
      }
    }
    return ([table] + groups).joined(separator: "\n")
  }
}

extension SettingDeclaration {
  fileprivate var standardText: String {
    if isRequired { return "must be given" }
    guard let standard, standard != .null else { return "none" }
    return "`\(Self.written(standard))`"
  }

  private static func written(_ value: JSONValue) -> String {
    if case .number(let number) = value { return SettingType.short(number) }
    guard case .list(let list) = value else { return value.plain }
    return "[\(list.map(written).joined(separator: ", "))]"
  }
}

extension SettingType {
  /// The keys that it has, if it has any, and whether it is a list of such.
  fileprivate var group: (SettingsSchema, isList: Bool)? {
    switch self {
    case .group(let schema): (schema, false)
    case .list(let type): type.group.map { ($0.0, true) }
    case .nullable(let type), .entries(let type): type.group
    case .either(let first, let second): first.group ?? second.group
    default: nil
    }
  }

  /// In a few words.
  var words: String {
    switch self {
    case .text: "text"
    case .fileName: "letters, digits, `-`, `_`, `.`"
    case .path: "path"
    case .flag: "`true` or `false`"
    case .integer(let range):
      range.upperBound == .max
        ? "whole number from \(range.lowerBound)"
        : range.lowerBound == range.upperBound
          ? "\(range.lowerBound)" : "whole number, \(range.lowerBound) to \(range.upperBound)"
    case .number(let range):
      "number, \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))"
    case .range(let range):
      "number or `[low, high]`, \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))"
    case .word(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    case .wordOrFile(let words): Self.word(words).words + ", or a YAML file"
    case .named(_, let words): words
    case .list(let type): type.group == nil ? "list of: \(type.words)" : "list of keys and values"
    case .words(let words): "list of " + Self.word(words).words
    case .group: "keys and values"
    case .entries(let type): "names with: \(type.words)"
    case .nullable(let type): "\(type.words), or `null`"
    case .oneOrSome(let type): "\(type.words); or a list of such"
    case .either(let first, let second): "\(first.words); or \(second.words)"
    }
  }

  fileprivate static func short(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }
}
