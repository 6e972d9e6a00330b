import Foundation

/// Any JSON, read from text or put together.
public enum JSONValue: Sendable, Equatable, Codable {
  case null
  case flag(Bool)
  case integer(Int)
  /// A whole number beyond the range of `Int`, such as a seed.
  case unsigned(UInt64)
  /// Written as `null` where it is not finite: JSON has no word for that.
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// A text, or `null` for `nil`.
  public static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.text) ?? .null }
  /// A whole number, or `null` for `nil`.
  public static func optional(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
  /// A number, or `null` for `nil`.
  public static func optional(_ value: Double?) -> JSONValue {
    value.map(JSONValue.number) ?? .null
  }

  /// Reads a text; `nil` when it is not JSON.
  public init?(json: String) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)) else {
      return nil
    }
    self = value
  }

  /// A value as it is stored, see `storedText(of:)`.
  ///
  /// - Throws: What encoding throws, e.g. for a number that is not finite.
  public init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(
      JSONValue.self, from: Data(try Self.storedText(of: value).utf8))
  }

  /// The one form in which values are stored: one line, keys sorted and in snake case (those of
  /// dictionaries stay as they are), so that equal values give equal text.
  ///
  /// - Throws: What encoding throws, e.g. for a number that is not finite.
  public static func storedText(
    of value: some Encodable, keys: JSONEncoder.KeyEncodingStrategy = .convertToSnakeCase
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = keys
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// - Throws: `DecodingError` for what is none of the cases.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .unsigned(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Whole numbers as integers, keys in the order that the encoder gives them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .unsigned(let value): try container.encode(value)
    case .number(let value):
      if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// One line, keys sorted.
  public func line() throws -> String { try Self.storedText(of: self) }

  /// Several lines for people, keys sorted.
  public func lines() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The value of a key of an object; `nil` of anything else.
  public subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// The elements of a list; none of anything else.
  public var elements: [JSONValue] { if case .list(let list) = self { list } else { [] } }

  /// Whether it holds others.
  public var isComposed: Bool {
    switch self {
    case .list, .object: true
    case .null, .flag, .integer, .unsigned, .number, .text: false
    }
  }

  /// A text as it is and a number in digits; empty for what is neither.
  public var plain: String {
    switch self {
    case .text(let text): text
    case .integer(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .number(let number): "\(number)"
    case .flag(let flag): "\(flag)"
    case .null, .list, .object: ""
    }
  }
}
