import Foundation
import Support
import Tensors

/// The ranges from which simulated prints are drawn, uniformly; see `Resources/simulated-print.yaml`.
public struct PrintRecipe: Equatable, Sendable {
  /// What the file says, or else its name.
  public let name: String
  /// A range for every setting.
  public let ranges: [PrintSetting: ClosedRange<Double>]

  /// The recipe that ships with the program.
  ///
  /// - Throws: `UserError` when the program's data files are missing.
  public static func builtIn() throws -> PrintRecipe { try loaded.get() }

  private static let loaded = Result {
    let file = "simulated-print.yaml"
    let document = try YAMLDocument(
      text: try ResourceFolder.datasets.text(file), file: file, known: keys)
    let recipe = PrintRecipe(name: "simulated-print", ranges: try ranges(document.values))
    guard recipe.ranges.count == PrintSetting.allCases.count else {
      throw UserError(
        "\(file): the program's own recipe lacks a setting", remedy: "rebuild the program")
    }
    return recipe
  }

  /// The keys of a recipe's file.
  static let keys = ["version", "name", "description"] + PrintSetting.allCases.map(\.rawValue)

  /// Reads a recipe: each setting a number or `[low, high]`; what it does not name is as in the
  /// recipe that ships with the program.
  ///
  /// - Throws: `UserError` naming file and line for unknown keys and values that make no sense.
  public init(file: String) throws {
    let document = try YAMLDocument(
      text: try YAMLReader.text(ofFile: file), file: file, known: Self.keys)
    let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    try self.init(name: try document["name"]?.text() ?? name, changes: document.values)
  }

  /// The recipe that ships with the program, with some settings changed.
  init(name: String, changes: [String: YAMLReader]) throws {
    self.init(
      name: name,
      ranges: try Self.builtIn().ranges.merging(try Self.ranges(changes)) { $1 })
  }

  init(name: String, ranges: [PrintSetting: ClosedRange<Double>]) {
    self.name = name
    self.ranges = ranges
  }

  private static func ranges(
    _ values: [String: YAMLReader]
  ) throws -> [PrintSetting: ClosedRange<Double>] {
    var ranges: [PrintSetting: ClosedRange<Double>] = [:]
    for setting in PrintSetting.allCases {
      ranges[setting] = try values[setting.rawValue]?.range(within: setting.limits)
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
