import ArgumentParser
import Datasets
import Foundation
import Imaging
import Support

/// `--printed`: photos are taken as an experiment takes those of a printed-photo set.
struct PrintedOptions: ParsableArguments {
  @Flag(
    help: """
      Treat photos as entries of their folder's labels.csv: rotated as EXIF says, cropped to the \
      print.
      """)
  var printed = false

  /// - Throws: `UserError` when a photo is in no `labels.csv` beside or above it, or that is bad.
  func reader(of images: [String]) throws -> CenterReader {
    try CenterReader(printed ? images : [])
  }
}

/// Reads the middle 256×256 of photos that are named one by one.
struct CenterReader: Sendable {
  private let note = PreparedImageNote()
  private let printed: [String: (item: LabelledItem, decoder: PhotoDecoder)]

  fileprivate init(_ images: [String]) throws {
    var printed: [String: (item: LabelledItem, decoder: PhotoDecoder)] = [:]
    var opened: Set<String> = []
    for image in images {
      let folder = try Self.folder(of: image)
      if opened.insert(folder).inserted {
        let set = try LabelledDataset(name: "printed", path: folder)
        for item in set.items { printed[Self.key(item.place)] = (item, PhotoDecoder(for: set)) }
      }
      guard printed[Self.key(image)] != nil else {
        throw UserError(
          "\(image): not listed in \(folder)/labels.csv", remedy: "drop --printed")
      }
    }
    self.printed = printed
  }

  /// - Throws: `UserError` naming the photo.
  func center256(_ path: String) throws(UserError) -> RGBImage {
    if let (item, decoder) = printed[Self.key(path)] { return try decoder.center256(item) }
    do {
      return try NamedImage.center256(path) { note(path, $0) }
    } catch {
      throw error as? UserError ?? UserError("\(path): \(error)")
    }
  }

  private static func key(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// The nearest folder above a photo that has a `labels.csv`.
  private static func folder(of image: String) throws -> String {
    var folder = URL(fileURLWithPath: image).standardizedFileURL.deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("labels.csv").path)
    {
      guard folder.path != "/" else {
        throw UserError(
          "\(image): no labels.csv in its folder or above", remedy: "drop --printed")
      }
      folder.deleteLastPathComponent()
    }
    return folder.path
  }
}
