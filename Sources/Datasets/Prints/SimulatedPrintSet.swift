import Foundation
import Imaging
import Support

/// A printed-photo set made without a printer: every image of a labelled set, printed and photographed
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

  /// The result for one image.
  public struct Print: Sendable {
    /// What was printed, 256×256.
    public let canonical: RGBImage
    /// The photograph.
    public let file: [UInt8]
    /// Every number that it was made with.
    public let parameters: PrintParameters
  }

  /// Prints and photographs one image.
  ///
  /// - Throws: `UserError` where the photograph cannot be encoded.
  public func print(_ photo: DecodedPhoto) throws -> Print {
    let center = photo.center256
    let parameters = recipe.draw(inches: inches, seed: seed, item: photo.photo.name, draw: 0)
    return Print(
      canonical: center, file: try PrintSimulator(parameters).file(of: center),
      parameters: parameters)
  }

  /// Makes the set. `labels.csv` comes last, so that a run that was stopped leaves no set. An image
  /// that cannot be used is left out, and the manifest says so.
  ///
  /// - Parameters:
  ///   - folder: made when missing; must not hold a set.
  ///   - program: name and version, for the manifest.
  ///   - faults: what happens to images that cannot be used.
  ///   - made: called in order with the position of each image and its result.
  /// - Throws: `UserError` naming the file that cannot be read or written, and when no image can be
  ///   used.
  public func write(
    to folder: String, threads: Int, program: String, faults: PhotoFaults = PhotoFaults(),
    made: (Int, Result<Print, UserError>) throws -> Void
  ) throws {
    let labels = "\(folder)/labels.csv"
    guard !FileManager.default.fileExists(atPath: labels) else {
      throw UserError("\(folder): already holds a set", remedy: "choose another folder")
    }
    let names = try Self.names(source.items)
    try AtomicFile.makeFolder(of: labels)
    try AtomicFile.check(labels)
    let stream = PhotoStream(source.items.map(\.photo), threads: threads, ahead: threads + 1) {
      _, photo in try print(photo)
    }
    defer { stream.cancel() }
    var manifest = Manifest(self, program: program)
    var lines = "file,label\n"
    for (index, outcome) in stream.enumerated() {
      if let print = try faults.use(outcome) {
        let path = "\(folder)/images/\(names[index])"
        try AtomicFile.makeFolder(of: path)
        try AtomicFile.write(print.file, to: path)
        manifest.files[names[index]] = print.parameters
        lines += CSV.line([names[index], "\(source.items[index].label)"])
      }
      try made(index, outcome.result)
    }
    if !faults.leftOut.isEmpty {
      manifest.leftOut = Dictionary(
        faults.leftOut.map { ($0.name, $0.reason) }, uniquingKeysWith: { first, _ in first })
    }
    guard !manifest.files.isEmpty else {
      throw UserError.unusable(source.items.count, of: source.path)
    }
    try AtomicFile.write(try manifest.json(), to: "\(folder)/manifest.json")
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

  private struct Manifest: Encodable {
    let format = SimulatedPrintSet.format
    let simulated = true
    let program: String
    let inches: Double
    let seed: UInt64
    let source: [String: String]
    let recipe: Recipe
    var files: [String: PrintParameters] = [:]
    /// Why, by name; `nil` where nothing was left out.
    var leftOut: [String: String]?

    func json() throws -> [UInt8] {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      return [UInt8](try encoder.encode(self))
    }

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
