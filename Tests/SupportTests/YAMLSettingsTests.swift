import Foundation
import Testing

import Support

/// Settings files that extend others, and options that change them.
final class YAMLSettingsTests {
  private let folder = NSTemporaryDirectory() + "realitygap-settings-" + UUID().uuidString

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private static let schema = SettingsSchema(
    "a file",
    [
      Setting.version.declaration, size.declaration, photos.declaration,
      Setting.place("parts", .list(.group(part)), "").declaration,
    ])
  private static let part = SettingsSchema("a part", [name.declaration, steps.declaration])
  private static let size = Setting.integer("size", 1...9, default: 4, "")
  private static let photos = Setting.path("photos", "")
  private static let name = Setting.text("name", "").required
  private static let steps = Setting.integer("steps", 1...100, "").required

  private func file(_ name: String, _ text: String) throws -> String {
    let path = "\(folder)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func values(_ settings: YAMLSettings) throws -> SettingsReader {
    try SettingsReader(settings.root, Self.schema)
  }

  private func steps(_ settings: YAMLSettings) throws -> [Int] {
    try #require(try values(settings)[name: "parts"]).list().map {
      try SettingsReader($0, Self.part)(Self.steps)
    }
  }

  private func problem(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  private static let base = """
    version: 1
    size: 3
    photos: pictures
    parts:
      - {name: first, steps: 10}
      - {name: second, steps: 20}

    """

  @Test("a file takes what it does not say from the one that it extends; parts are changed by name")
  func extends() throws {
    _ = try file("base/base.yaml", Self.base)
    let own = try file(
      "own.yaml", "extends: base/base.yaml\nversion: 1\nsize: 5\nparts: {second: {steps: 7}}\n")
    let settings = try YAMLSettings(file: own)
    #expect(try values(settings)(Self.size) == 5)
    #expect(try steps(settings) == [10, 7])
    // A path counts from the file that says it.
    let photos = try values(settings).optional(Self.photos)
    #expect(photos?.hasSuffix("/base/pictures") == true)
    #expect(settings.texts.count == 2)
  }

  @Test("a list takes the place of the whole list")
  func lists() throws {
    _ = try file("base.yaml", Self.base)
    let own = try file("own.yaml", "extends: base.yaml\nparts:\n  - {name: only, steps: 1}\n")
    #expect(try steps(try YAMLSettings(file: own)) == [1])
  }

  @Test("an error names the file or the option in which the setting is written")
  func errors() throws {
    let base = try file("base.yaml", Self.base.replacing("size: 3", with: "size: 30"))
    let own = try file("own.yaml", "extends: base.yaml\nphotos: here\n")
    #expect(
      problem { _ = try values(try YAMLSettings(file: own))(Self.size) }
        .hasPrefix("\(base):2: size: must be a whole number"))
    var settings = try YAMLSettings(file: own)
    try settings.set("size=large", option: "--set size=large")
    #expect(
      problem { _ = try values(settings)(Self.size) }
        .hasPrefix("--set size=large: size: must be a whole number"))
    settings = try YAMLSettings(file: own)
    try settings.set("parts.first.stepps=3", option: "--set parts.first.stepps=3")
    #expect(
      problem { _ = try steps(settings) }
        == "--set parts.first.stepps=3: parts[0]: unknown key stepps; choose from name, steps; "
        + "did you mean steps?")
  }

  @Test("files that extend each other are refused")
  func circles() throws {
    let first = try file("a.yaml", "extends: b.yaml\n")
    _ = try file("b.yaml", "extends: a.yaml\n")
    #expect(problem { _ = try YAMLSettings(file: first) }.contains("b.yaml:1: extends: "))
  }

  @Test(
    "an option changes a value at any depth, by name or number, and what it was is kept",
    arguments: [
      ("size=7", "3"), ("parts.second.steps=8", "20"), ("parts[1].steps=8", "20"),
      ("parts.1.steps=8", "20"),
    ])
  func set(_ assignment: String, _ former: String) throws {
    var settings = try YAMLSettings(file: try file("base.yaml", Self.base))
    try settings.set(assignment, option: "--set \(assignment)")
    #expect(settings.changes.map(\.file) == [former])
    if assignment.hasPrefix("size") {
      #expect(try values(settings)(Self.size) == 7)
    } else {
      #expect(try steps(settings) == [10, 8])
    }
  }

  @Test(
    "an assignment that makes no sense is an error of one line",
    arguments: [
      ("size", "--set size: must be key=value"),
      ("=3", "--set =3: must be key=value"),
      ("size.deep=3", "--set size.deep=3: size: has no keys, such as deep"),
      ("parts.third.steps=3", "--set parts.third.steps=3: parts: has no part third"),
      ("size=[1", "--set size=[1:"),
    ])
  func nonsense(_ assignment: String, _ message: String) throws {
    var settings = try YAMLSettings(file: try file("base.yaml", Self.base))
    let problem = problem { try settings.set(assignment, option: "--set \(assignment)") }
    #expect(problem.hasPrefix(message), "\(problem)")
    #expect(!problem.contains("\n"))
  }

  @Test("null takes away what another file has")
  func null() throws {
    _ = try file("base.yaml", Self.base)
    let own = try file("own.yaml", "extends: base.yaml\nphotos: null\n")
    #expect(try values(try YAMLSettings(file: own)).optional(Self.photos) == nil)
  }
}
