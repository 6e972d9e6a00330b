import Foundation
import Support
import Tensors

/// The ranges from which simulated prints are drawn, uniformly: a preset, which is a file in
/// `Resources/prints`, or a file of the user's own.
public struct PrintRecipe: Equatable, Sendable {
  /// What the file says, or else its name.
  public let name: String
  /// A range for every setting.
  public let ranges: [PrintSetting: ClosedRange<Double>]

  /// The preset that is meant where none is named.
  public static let standard = "calibrated"

  /// The presets, sorted by name.
  public static var presets: [String] {
    ResourceFolder.datasets.names(in: "prints").filter { $0.hasSuffix(".yaml") }
      .map { String($0.dropLast(5)) }.sorted()
  }

  private static let nameKey = Setting.text(
    "name", "What reports call it; without it, the file's name.")
  private static let recipeKey = Setting.word(
    "recipe", presets, "recipe", default: standard, "The preset of which the file changes settings."
  )

  /// The keys of a recipe's file.
  package static let schema = SettingsSchema(
    "Print recipes",
    [
      Setting.version.declaration, nameKey.declaration,
      Setting.text("description", "For who reads the file.").declaration,
    ] + changes)
  /// Those that say what another recipe has instead: of which preset, and the settings.
  static let changes = [recipeKey.declaration] + PrintSetting.allCases.map(\.key.declaration)

  /// A preset by its name, or a file by its path: there, each setting is a number or `[low, high]`; what
  /// it does not name is as in the preset of its key `recipe`, or the standard one.
  ///
  /// - Throws: `UserError` that lists the presets, or naming file and line for unknown keys and values
  ///   that make no sense.
  public static func named(_ text: String) throws -> PrintRecipe {
    guard Distortion.isFile(text) else { return try preset(text) }
    let values = try SettingsReader(
      try YAMLReader(text: try YAMLReader.text(ofFile: text), file: text), schema)
    let name = URL(fileURLWithPath: text).deletingPathExtension().lastPathComponent
    return try PrintRecipe(name: try values.optional(nameKey) ?? name, changes: values)
  }

  private static func preset(_ name: String) throws -> PrintRecipe {
    guard presets.isEmpty || presets.contains(name) else {
      throw UserError(
        "unknown recipe \(name)",
        remedy: Suggestion.remedy(for: name, among: presets, lead: "give a YAML file, or one of"))
    }
    let file = "\(name).yaml"
    let text = try ResourceFolder.datasets.text("prints/\(file)")
    let values = try SettingsReader(try YAMLReader(text: text, file: file), schema)
    let recipe = PrintRecipe(name: name, ranges: try ranges(values))
    guard recipe.ranges.count == PrintSetting.allCases.count else {
      throw UserError(
        "\(file): the program's own recipe lacks a setting", remedy: "rebuild the program")
    }
    return recipe
  }

  /// A preset with some settings changed.
  ///
  /// - Parameter changes: by key, of which only those of `PrintRecipe.changes` count.
  init(name: String, changes: SettingsReader) throws {
    self.init(
      name: name,
      ranges: try Self.preset(try changes(Self.recipeKey)).ranges
        .merging(try Self.ranges(changes)) { $1 })
  }

  init(name: String, ranges: [PrintSetting: ClosedRange<Double>]) {
    self.name = name
    self.ranges = ranges
  }

  private static func ranges(
    _ values: SettingsReader
  ) throws -> [PrintSetting: ClosedRange<Double>] {
    var ranges: [PrintSetting: ClosedRange<Double>] = [:]
    for setting in PrintSetting.allCases {
      ranges[setting] = try values.optional(setting.key)
    }
    return ranges
  }

  /// The print at an address.
  ///
  /// Each setting is the first number of a `RandomStream` of its own, with the purpose `print ` and
  /// its name, so that none depends on which others there are.
  ///
  /// - Parameters:
  ///   - inches: the print's side.
  ///   - item: the image's name within its set.
  ///   - draw: which repetition, from 0.
  public func draw(inches: Double, seed: UInt64, item: String, draw: Int) -> PrintParameters {
    var values: [PrintSetting: Double] = [:]
    for setting in PrintSetting.allCases {
      var stream = RandomStream(
        seed: seed, purpose: "print \(setting.rawValue)", item: item, draw: draw)
      let range = ranges[setting] ?? setting.limits
      values[setting] = stream.uniform(in: range)
    }
    var stream = RandomStream(seed: seed, purpose: "print noise", item: item, draw: draw)
    return PrintParameters(inches: inches, noise: stream.next32(), values: values)
  }
}
