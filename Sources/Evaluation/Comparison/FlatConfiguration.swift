import Foundation
import Support

/// Nested settings as one text per key: `corrector.unet.width`, `phases.stn.steps`.
public enum FlatConfiguration {
  /// The settings of a JSON object.
  ///
  /// An element of a list is called by its `name`, which then is no setting of its own, where all have
  /// different ones, or by its position from 1; a list of plain values is one text.
  ///
  /// - Parameter name: what the text is called in errors.
  /// - Throws: `UserError` for anything else.
  public static func flatten(json: String, name: String) throws -> [String: String] {
    let value: AnyJSON
    do {
      value = try JSONDecoder().decode(AnyJSON.self, from: Data(json.utf8))
    } catch {
      throw UserError("\(name): not JSON")
    }
    guard case .object = value else { throw UserError("\(name): not a JSON object") }
    var result: [String: String] = [:]
    add(value, at: "", to: &result)
    return result
  }

  /// Keys as runs had them before all were in snake case, so that both are compared.
  private static let earlierNames = [
    "batchSize": "batch_size", "checkpointEvery": "checkpoint_every",
    "deviationPlanes": "deviation_planes", "distortionFile": "distortion_file",
    "firstKernel": "first_kernel", "learningRate": "learning_rate",
    "reportEvery": "report_every", "startsAsIdentity": "starts_as_identity",
    "validateEvery": "validate_every",
  ]

  private static func add(_ value: AnyJSON, at key: String, to result: inout [String: String]) {
    func below(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }
    switch value {
    case .object(let members):
      for (name, member) in members {
        add(member, at: below(earlierNames[name] ?? name), to: &result)
      }
    case .array(let elements):
      if elements.allSatisfy(\.isPlain) {
        result[key] = elements.map(\.text).joined(separator: ", ")
        return
      }
      let names = elements.compactMap(\.name)
      let hasNames = Set(names).count == elements.count
      for (index, element) in elements.enumerated() {
        let place = below(hasNames ? names[index] : "\(index + 1)")
        add(hasNames ? element.withoutName : element, at: place, to: &result)
      }
    case .text, .number, .flag: result[key] = value.text
    case .nothing: break
    }
  }
}

/// Any JSON value.
private enum AnyJSON: Decodable {
  case text(String)
  /// As it is written.
  case number(String)
  case flag(Bool)
  case array([AnyJSON])
  case object([String: AnyJSON])
  case nothing

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .nothing
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Int64.self) {
      self = .number("\(number)")
    } else if let number = try? container.decode(UInt64.self) {
      self = .number("\(number)")
    } else if let number = try? container.decode(Double.self) {
      self = .number("\(number)")
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let elements = try? container.decode([AnyJSON].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: AnyJSON].self))
    }
  }

  var isPlain: Bool {
    switch self {
    case .array, .object: false
    case .text, .number, .flag, .nothing: true
    }
  }

  var text: String {
    switch self {
    case .text(let text), .number(let text): text
    case .flag(let flag): flag ? "true" : "false"
    case .array, .object, .nothing: ""
    }
  }

  var withoutName: AnyJSON {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != "name" })
  }

  /// Of an object with a text `name`.
  var name: String? {
    guard case .object(let members) = self, case .text(let name) = members["name"] else {
      return nil
    }
    return name
  }
}
