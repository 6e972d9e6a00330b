import Foundation
import Support
import Testing

import Training

/// The declared keys of a training file against what is read.
final class SettingsTests {
  private let path = NSTemporaryDirectory() + "realitygap-training-\(UUID().uuidString).yaml"

  init() throws {
    let text = tinyYAML().replacing("transformer:", with: "stn:")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Places, declared defaults and the schemas around them.
  private static func defaults(
    _ schema: SettingsSchema, at place: String
  ) -> [(place: String, value: JSONValue)] {
    schema.settings.flatMap { setting -> [(place: String, value: JSONValue)] in
      let inner = place.isEmpty ? setting.name : "\(place).\(setting.name)"
      switch setting.type {
      case .group(let group): return defaults(group, at: inner)
      case .list(.group(let group)): return defaults(group, at: "\(inner)[0]")
      default: return setting.standard.map { [(inner, $0)] } ?? []
      }
    }
  }

  @Test("what the reference says is the default changes nothing where the key was missing")
  func standards() throws {
    let defaults = Self.defaults(TrainingConfiguration.schema, at: "")
    #expect(defaults.count > 40)
    let plain = try TrainingConfiguration(yaml: try YAMLSettings(file: path).root)
    for (place, value) in defaults {
      var settings = try YAMLSettings(file: path)
      try settings.set("\(place)=\(try value.line())", option: place)
      // Only keys that the file does not have.
      guard settings.changes[0].file == nil else { continue }
      #expect(
        try TrainingConfiguration(yaml: settings.root) == plain, "\(place) = \(value)")
    }
  }

  @Test("a run at its end takes further steps in its last phase; what was planned stays")
  func extended() throws {
    let plain = try TrainingConfiguration(yaml: tinyYAML(steps: (30, 10)), file: "t.yaml")
    let longer = plain.extended(toSteps: 55)
    #expect(longer.phases.map(\.steps) == [30, 25] && longer.extended == 15)
    #expect(longer.extended(toSteps: 60).phases.map(\.steps) == [30, 30])
    #expect(longer.extended(toSteps: 40) == plain)
  }
}
