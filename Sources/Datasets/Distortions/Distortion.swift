import Foundation
import Imaging
import Support
import Tensors

/// What images are distorted by: a preset, which is a file in `Resources/distortions`, or a file of
/// the same form of the user's own.
///
/// A kind of distortion is a case of `Kind` and of `DrawnDistortion`; a preset is a YAML file.
public struct Distortion: Equatable, Sendable {
  /// Tells distortions apart in the database: a preset's name; of a file its name and the beginning
  /// of its SHA-256.
  public let identity: String
  private let kind: Kind

  private enum Kind: Equatable {
    case affine(DistortionRanges)
    /// The range of the prints' sides, and the rest.
    case print(inches: ClosedRange<Double>, PrintRecipe)
  }

  /// The paper's: what the preset `paper` holds.
  public static let paper = Distortion(identity: "paper", kind: .affine(.paper))

  /// The distortion at an address; see `DistortionRanges.draw` and `PrintRecipe.draw`. The side of a
  /// print has a stream of its own, with purpose `print inches`.
  ///
  /// - Parameters:
  ///   - item: the image's name within its set.
  ///   - draw: which repetition, from 0.
  public func draw(seed: UInt64, item: String, draw: Int) -> DrawnDistortion {
    switch kind {
    case .affine(let ranges): return .affine(ranges.draw(seed: seed, item: item, draw: draw))
    case .print(let range, let recipe):
      var stream = RandomStream(seed: seed, purpose: "print inches", item: item, draw: draw)
      let inches = stream.uniform(in: range)
      return .print(recipe.draw(inches: inches, seed: seed, item: item, draw: draw))
    }
  }
}

extension Distortion {
  /// The presets, sorted by name.
  public static var presets: [String] {
    ResourceFolder.datasets.names(in: "distortions").filter { $0.hasSuffix(".yaml") }
      .map { String($0.dropLast(5)) }.sorted()
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
    // Without any, it is the program's own files that are missing, which reading one says.
    guard presets.isEmpty || presets.contains(text) else {
      let nearest = Suggestion.nearest(to: text, among: presets)
      throw UserError(
        "unknown distortion \(text)",
        remedy: "choose from \(presets.joined(separator: ", ")), or give a YAML file"
          + (nearest.map { "; did you mean \($0)?" } ?? ""))
    }
    let content = try ResourceFolder.datasets.text("distortions/\(text).yaml")
    return try Distortion(yaml: content, file: "\(text).yaml", identity: text)
  }

  /// Reads the key `distortion` of another YAML file: one of the known names, or a path, which counts
  /// from that file's folder.
  ///
  /// - Returns: the distortion's identity, and where it was read from unless it is a preset.
  /// - Throws: `UserError` naming file and line for an unknown name, or what is wrong in the file.
  package static func reference(
    _ value: YAMLReader, known: [String]
  ) throws -> (identity: String, file: String?) {
    guard isFile(try value.text()) else { return (try value.word(of: known, "distortion"), nil) }
    let path = try value.path()
    return (try named(path).identity, path)
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
    let (kind, settings): (String, [(String, String)]) =
      switch kind {
      case .affine(let ranges): ("affine", Self.settings(ranges))
      case .print(let inches, let recipe):
        (
          "print",
          [("inches", Self.text(inches))]
            + PrintSetting.allCases.compactMap { setting in
              recipe.ranges[setting].map { (setting.rawValue, Self.text($0)) }
            }
        )
      }
    let lines = [("version", "1"), ("kind", kind)] + settings
    return lines.map { "\($0): \($1)\n" }.joined()
  }

  /// By their keys, in the order of a file.
  private static func settings(_ ranges: DistortionRanges) -> [(String, String)] {
    [
      ("rotation", text(ranges.rotation)), ("translation", "\(ranges.translation)"),
      ("scale", text(ranges.scale)), ("shear", text(ranges.shear)),
      ("brightness", text(ranges.brightness)), ("contrast", text(ranges.contrast)),
      ("saturation", text(ranges.saturation)), ("hue", text(ranges.hue)),
      ("interpolation", ranges.interpolation.rawValue),
      ("resolution", text(ranges.resolution)), ("blur", text(ranges.blur)),
    ]
  }

  /// Numbers as short as they are when they read back as the same.
  private static func text(_ range: ClosedRange<Double>) -> String {
    "[\(range.lowerBound), \(range.upperBound)]"
  }

  init(yaml text: String, file: String, identity: String) throws {
    let kinds = [
      "affine": Self.settings(.paper).map(\.0), "print": ["inches"] + PrintRecipe.keys,
    ]
    let common = ["version", "description", "kind"]
    let document = try YAMLDocument(
      text: text, file: file,
      known: common + kinds.keys.sorted().flatMap { kinds[$0] ?? [] })
    let kind = try document["kind"]?.word(of: kinds.keys.sorted(), "kind") ?? "affine"
    let values = try document.root.mapping(known: common + (kinds[kind] ?? []))
    if kind == "print" {
      let inches = try values["inches"]?.range(within: PrintParameters.sizes) ?? 1.5...5
      let recipe = try PrintRecipe(name: identity, changes: values)
      self.init(identity: identity, kind: .print(inches: inches, recipe))
    } else {
      self.init(identity: identity, kind: .affine(try Self.affine(values)))
    }
  }

  /// A range that is not named changes nothing.
  private static func affine(_ values: [String: YAMLReader]) throws -> DistortionRanges {
    func range(_ key: String, _ limits: ClosedRange<Double>, _ none: Double) throws
      -> ClosedRange<Double>
    {
      try values[key]?.range(within: limits) ?? none...none
    }
    let words = Interpolation.allCases.map(\.rawValue)
    let interpolation = try values["interpolation"]?.word(of: words, "interpolation")
    return try DistortionRanges(
      rotation: range("rotation", -360...360, 0),
      translation: values["translation"]?.number(in: 0...1) ?? 0,
      scale: range("scale", 0.001...1000, 1), shear: range("shear", -89...89, 0),
      brightness: range("brightness", 0...1000, 1), contrast: range("contrast", 0...1000, 1),
      saturation: range("saturation", 0...1000, 1), hue: range("hue", -0.5...0.5, 0),
      interpolation: interpolation.flatMap(Interpolation.init) ?? .nearest,
      resolution: range("resolution", 0.01...1, 1), blur: range("blur", 0...20, 0))
  }
}
