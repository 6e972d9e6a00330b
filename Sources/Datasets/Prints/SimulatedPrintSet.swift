import Foundation
import Imaging
import Support

/// A printed-photo set that nobody printed: every image of a labelled set, printed and photographed
/// by the simulator, as a folder that is read like any other printed-photo set.
public struct SimulatedPrintSet: Sendable {
  /// The version of the manifest's form.
  static let format = 1

  private let source: LabelledDataset
  private let inches: Double
  private let recipe: PrintRecipe
  private let seed: UInt64

  /// - Parameters:
  ///   - source: what is printed: the middle 256×256 of each image.
  ///   - inches: the side of the prints, within `PrintParameters.sizes`.
  ///   - seed: with an image's name it addresses all that is drawn for it.
  public init(_ source: LabelledDataset, inches: Double, recipe: PrintRecipe, seed: UInt64) {
    self.source = source
    self.inches = inches
    self.recipe = recipe
    self.seed = seed
  }

  /// What came of one image.
  public struct Print: Sendable {
    /// What was printed, 256×256.
    public let canonical: RGBImage
    /// The photograph.
    public let file: [UInt8]
    public let parameters: PrintParameters
  }

  /// Prints and photographs one image.
  ///
  /// - Throws: `UserError` naming the image when it cannot be used.
  public func print(_ item: LabelledItem) throws(UserError) -> Print {
    let center = try PhotoDecoder(for: source).center256(item)
    let parameters = recipe.draw(inches: inches, seed: seed, item: item.name, draw: 0)
    do {
      return Print(
        canonical: center, file: try PrintSimulator(parameters).file(of: center),
        parameters: parameters)
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError("\(item.place): \(error)")
    }
  }

  /// Makes the set. `labels.csv` comes last, so that a run that was stopped leaves no set.
  ///
  /// - Parameters:
  ///   - folder: made when missing; must not hold a set.
  ///   - program: name and version, for the manifest.
  ///   - made: called in order with the position of each image and what came of it.
  /// - Throws: `UserError` naming the file that cannot be read or written.
  public func write(
    to folder: String, threads: Int, program: String, made: (Int, Print) throws -> Void
  ) throws {
    let labels = "\(folder)/labels.csv"
    let manifestPath = "\(folder)/manifest.json"
    guard !FileManager.default.fileExists(atPath: labels) else {
      throw UserError("\(folder): holds a set already", remedy: "choose another folder")
    }
    let names = try Self.names(source.items)
    try AtomicFile.makeFolder(of: labels)
    try AtomicFile.check(labels)
    let items = source.items
    let loader = PrefetchingLoader<Result<Print, UserError>>(
      count: items.count, threads: threads, ahead: threads + 1
    ) { index in
      Result { () throws(UserError) in try print(items[index]) }
    }
    defer { loader.cancel() }
    var manifest = Manifest(self, program: program)
    var lines = "file,label\n"
    for (index, item) in items.enumerated() {
      guard let print = try loader.next()?.get() else { break }
      let path = "\(folder)/images/\(names[index])"
      try AtomicFile.makeFolder(of: path)
      try AtomicFile.write(print.file, to: path)
      manifest.files[names[index]] = print.parameters
      lines += "\(Self.field(names[index])),\(item.label)\n"
      try made(index, print)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](try encoder.encode(manifest)), to: manifestPath)
    try AtomicFile.write(lines, to: labels)
  }

  /// The files' names: the items', inside the folder and with the ending of a JPEG.
  private static func names(_ items: [LabelledItem]) throws -> [String] {
    var taken: Set<String> = []
    return try items.map { item in
      var name = item.name.split(separator: "/").filter { $0 != "." && $0 != ".." }
        .joined(separator: "/")
      if ImageFormat(ending: name) != .jpeg { name += ".jpg" }
      guard taken.insert(name).inserted else {
        throw UserError("\(item.place): another image is called \(name) too", remedy: "rename it")
      }
      return name
    }
  }

  private static func field(_ name: String) -> String {
    name.contains { "\",\r\n".contains($0) }
      ? "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : name
  }

  private struct Manifest: Encodable {
    let format = SimulatedPrintSet.format
    let simulated = true
    let program: String
    let inches: Double
    let seed: UInt64
    let source: [String: String]
    let recipe: Recipe
    var files: [String: PrintParameters] = [:]

    struct Recipe: Encodable {
      let name: String
      /// Lower and upper bound by setting.
      let settings: [String: [Double]]
    }

    init(_ set: SimulatedPrintSet, program: String) {
      self.program = program
      inches = set.inches
      seed = set.seed
      source = [
        "name": set.source.name, "fingerprint": set.source.fingerprint,
        "images": "\(set.source.items.count)",
      ]
      recipe = Recipe(
        name: set.recipe.name,
        settings: Dictionary(
          uniqueKeysWithValues: set.recipe.ranges.map {
            ($0.key.rawValue, [$0.value.lowerBound, $0.value.upperBound])
          }))
    }
  }
}
