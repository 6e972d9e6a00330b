import Support
import Tracking

/// Nested settings as one text per key: `corrector.unet.width`, `phases.stn.steps`.
public enum FlatConfiguration {
  /// The settings of a JSON object, named as `JSONValue.ElementNaming.names` says; `null` is none.
  ///
  /// - Parameter name: what the text is called in errors.
  /// - Throws: `UserError` for anything else.
  public static func flatten(json: String, name: String) throws -> [String: String] {
    guard let value = JSONValue(json: json) else { throw UserError("\(name): not JSON") }
    guard case .object = value else { throw UserError("\(name): not a JSON object") }
    return Dictionary(
      value.withPresentKeys.leaves(.names).filter { $0.value != .null }.map { path, value in
        (path, value.isComposed ? value.elements.map(\.plain).joined(separator: ", ") : value.plain)
      }, uniquingKeysWith: { $1 })
  }
}
