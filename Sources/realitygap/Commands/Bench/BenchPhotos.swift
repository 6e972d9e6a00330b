import Datasets
import Foundation
import Support

/// Photos for the bench commands: those of a folder, or the sample's.
enum BenchPhotos {
  /// The files' names and bytes, at most `limit` of them.
  ///
  /// - Throws: `UserError` when there is no folder, or no JPEG in it.
  static func load(_ folder: String?, limit: Int = .max) throws -> [(name: String, bytes: [UInt8])]
  {
    let path = folder ?? ProgramFiles.path("Experiments/sample/images")
    let photos = try PhotoFolder(path: path).photos
    return try photos.prefix(limit).map { photo in
      guard let data = FileManager.default.contents(atPath: photo.path) else {
        throw UserError("\(photo.path): cannot be read")
      }
      return (photo.name, [UInt8](data))
    }
  }
}
