import Datasets
import Support

/// Photos for the bench commands: those of a folder, or the sample's.
enum BenchPhotos {
  /// - Throws: `UserError` when there is no folder, or no photo in it.
  static func folder(_ path: String?) throws -> PhotoFolder {
    try PhotoFolder(path: path ?? ProgramFiles.path("Experiments/sample/images"))
  }
}
