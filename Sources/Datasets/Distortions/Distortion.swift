import Foundation
import Support

/// What images are distorted by: a preset, which is a file in `Resources/distortions`, or a file of
/// the same form of the user's own.
///
/// A kind of distortion is a type in `DistortionKinds.all`; a preset is a YAML file, or a name that a kind
/// knows without one.
public struct Distortion: Sendable {
  /// Tells distortions apart in the database: a preset's name; of a file its name and the beginning
  /// of its SHA-256.
  public let identity: String
  private let kind: any DistortionKind

  /// The paper's: what the preset `paper` holds.
  public static let paper = Distortion(identity: "paper", kind: DistortionRanges.paper)

  /// The distortion at an address; see `DistortionRanges.draw` and `PrintDistortion.draw`.
  ///
  /// - Parameters:
  ///   - item: the image's name within its set.
  ///   - draw: which repetition, from 0.
  public func draw(seed: UInt64, item: String, draw: Int) -> any DrawnDistortion {
    kind.draw(seed: seed, item: item, draw: draw)
  }

  /// Reads the JSON form of one distortion of any kind from a file.
  ///
  /// - Throws: `UserError` naming the file, as `DistortionParameters.init(json:name:)` does.
  public static func drawn(path: String) throws -> any DrawnDistortion {
    let data = try BoundedFile.read(path: path, Limits.textBytes)
    var kind = DistortionKinds.standard
    // What is not JSON at all is an error of any.
    if case .object(let values) = JSONValue(json: String(decoding: data, as: UTF8.self)) {
      kind = DistortionKinds.all.first { $0.jsonKey.map { values[$0] != nil } == true } ?? kind
    }
    return try kind.drawn(json: data, name: path)
  }
}

extension Distortion {
  /// The presets that are files, sorted by name.
  public static var presets: [String] {
    ResourceFolder.datasets.names(in: "distortions").filter { $0.hasSuffix(".yaml") }
      .map { String($0.dropLast(5)) }.sorted()
  }

  /// What distortions there are by name, for people.
  public static var namesInWords: String {
    (presets + DistortionKinds.presetsInWords).joined(separator: ", ")
  }

  /// Whether a text is a preset's name, with a file or without.
  public static func isPreset(_ text: String) -> Bool {
    presets.contains(text) || DistortionKinds.preset(text) != nil
  }

  private static func remedy(for text: String) -> String {
    let names = presets + DistortionKinds.all.flatMap { $0.presets }
    let nearest = Suggestion.nearest(to: text, among: names)
    return "choose from \(namesInWords), or give a YAML file"
      + (nearest.map { "; did you mean \($0)?" } ?? "")
  }

  /// Whether a text names a file and no preset: it has a slash or the ending of YAML.
  public static func isFile(_ text: String) -> Bool {
    text.contains("/") || text.hasSuffix(".yaml") || text.hasSuffix(".yml")
  }

  /// A preset by its name, or a file by its path.
  ///
  /// - Throws: `UserError` that lists the presets, or names what is wrong in the file, and its line.
  public static func named(_ text: String) throws -> Distortion {
    if isFile(text) {
      let content = try YAMLReader.text(ofFile: text)
      let digest = FileDigest.sha256(Data(content.utf8)).prefix(12)
      let name = URL(fileURLWithPath: text).deletingPathExtension().lastPathComponent
      return try Distortion(yaml: content, file: text, identity: "\(name)@\(digest)")
    }
    if let kind = DistortionKinds.preset(text) { return Distortion(identity: text, kind: kind) }
    // Without any, it is the program's own files that are missing, which reading one says.
    guard presets.isEmpty || presets.contains(text) else {
      throw UserError("unknown distortion \(text)", remedy: remedy(for: text))
    }
    let content = try ResourceFolder.datasets.text("distortions/\(text).yaml")
    return try Distortion(yaml: content, file: "\(text).yaml", identity: text)
  }

  /// The key `distortion` of another YAML file: a preset, or a path, which counts from that file's folder.
  /// Its value is the distortion's identity, and where it was read from unless it is a preset.
  package static func setting(_ meaning: String) -> Setting<(identity: String, file: String?)> {
    let presets = presets
    let type = DistortionKinds.all.reduce(SettingType.wordOrFile(presets)) { type, kind in
      kind.presetsInWords.map { .either(type, .named(kind.presets, inWords: $0)) } ?? type
    }
    return Setting(
      "distortion", type, standard: (("paper", nil), .text("paper")), meaning
    ) { place in
      let text = try place.text()
      guard isFile(text) else {
        guard isPreset(text) else {
          throw place.error("unknown distortion \(text)", remedy: remedy(for: text))
        }
        return (text, nil)
      }
      let path = try place.path()
      return (try named(path).identity, path)
    }
  }

  /// Reads what `definition` wrote.
  ///
  /// - Throws: `UserError` that names the identity, for a definition of a newer version.
  public init(definition: String, identity: String) throws {
    try self.init(yaml: definition, file: identity, identity: identity)
  }

  /// The whole distortion as YAML, every range of it, whatever file or preset it came from: read again,
  /// it is the same, even if those have changed.
  public var definition: String {
    let lines = [("version", "1"), ("kind", type(of: kind).name)] + kind.written
    return lines.map { "\($0): \($1)\n" }.joined()
  }

  init(yaml text: String, file: String, identity: String) throws {
    let place = try YAMLReader(text: text, file: file)
    let kinds = DistortionKinds.all
    let anyKind = SettingsSchema("Distortions", Self.common(kinds) + kinds.flatMap { $0.settings })
    let name = try SettingsReader(place, anyKind)(Self.kindKey(kinds))
    func make<Kind: DistortionKind>(_ kind: Kind.Type) throws -> any DistortionKind {
      try Kind(yaml: SettingsReader(place, Self.schema(of: kind)), identity: identity)
    }
    let kind = kinds.first { $0.name == name } ?? DistortionKinds.standard
    self.init(identity: identity, kind: try make(kind))
  }

  private static func kindKey(_ kinds: [any DistortionKind.Type]) -> Setting<String> {
    .word(
      "kind", kinds.map { $0.name }, "kind", default: DistortionKinds.standard.name, "What draws.")
  }

  private static func common(_ kinds: [any DistortionKind.Type]) -> [SettingDeclaration] {
    // Without the key it is the standard kind.
    let mayBeMissing = kinds.contains { $0.name == DistortionKinds.standard.name }
    return [
      Setting.version.declaration,
      Setting.text("description", "For who reads the file.").declaration,
      mayBeMissing ? kindKey(kinds).declaration : kindKey(kinds).required.declaration,
    ]
  }

  private static func schema(of kind: any DistortionKind.Type) -> SettingsSchema {
    SettingsSchema("Distortions of kind \(kind.name)", common([kind]) + kind.settings)
  }

  /// The keys of a distortion's file, for each kind that there is.
  package static let schemas = DistortionKinds.all.map(schema)
}
