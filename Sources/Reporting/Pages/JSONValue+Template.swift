import Support

extension JSONValue {
  /// As Mustache takes it; `nil` for `null`.
  package var templateValue: Any? {
    switch self {
    case .null: nil
    case .flag(let flag): flag
    case .text, .integer, .unsigned, .number: plain
    case .list(let elements): elements.compactMap(\.templateValue)
    case .object(let members): members.compactMapValues(\.templateValue)
    }
  }
}
