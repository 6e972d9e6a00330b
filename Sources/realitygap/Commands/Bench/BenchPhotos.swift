import ArgumentParser
import Datasets
import Support

/// `--images` of the bench commands: the photos of a folder, or the sample's.
struct BenchPhotos: ParsableArguments {
  @Option(help: "A folder of photos (default: the sample's).", completion: .directory)
  var images: String?

  /// - Throws: `UserError` when there is no folder, or no photo in it.
  func folder() throws -> PhotoFolder {
    try PhotoFolder(path: images ?? ProgramFiles.path("Experiments/sample/images"))
  }
}
