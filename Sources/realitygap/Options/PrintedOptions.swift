import ArgumentParser
import Datasets
import Foundation
import Support

/// `--printed`: photos are taken as an experiment takes those of a printed-photo set.
struct PrintedOptions: ParsableArguments {
  @Flag(help: "Treat photos as entries of their folder's labels.csv: cropped to the print.")
  var printed = false

  /// The photos of some files, in their order.
  ///
  /// - Parameter classes: that the labels count in; `nil` for ImageNet's.
  /// - Throws: `UserError` when `--printed` is given and a photo is in no `labels.csv` beside or above
  ///   it, or that is bad.
  func photos(of images: [String], classes: ClassList? = nil) throws -> [Photo] {
    guard printed else { return images.map(Photo.init(path:)) }
    var listed: [String: Photo] = [:]
    var opened: Set<String> = []
    return try images.map { image in
      let folder = try Self.folder(of: image)
      if opened.insert(folder).inserted {
        let set = try LabelledDataset(name: "printed", path: folder, classes: classes)
        for item in set.items { listed[Self.key(item.place)] = item.photo }
      }
      guard let photo = listed[Self.key(image)] else {
        throw UserError(
          "\(image): not listed in \(folder)/labels.csv", remedy: "drop --printed")
      }
      return photo
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
