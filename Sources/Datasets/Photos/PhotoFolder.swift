import Imaging
import Support

/// Photos without labels, for training: every file below a folder that is named as a photo.
public struct PhotoFolder: Sendable {
  /// As it was given.
  public let path: String
  /// Sorted by name (as bytes).
  public let photos: [Photo]
  /// Notes for the user that are not errors, one line each, e.g. files that were left out.
  public let notes: [String]

  /// Lists a folder and those below it; hidden files are left out, and links to folders are followed
  /// as `FolderWalk` does.
  ///
  /// - Throws: `UserError` naming the folder when it cannot be listed or holds no photo.
  public init(path: String) throws {
    self.path = path
    let place = try FolderListing.place(path, path: path, remedy: "give a folder of photos")
    guard place.isFolder else {
      throw UserError("\(path): not a folder", remedy: "give a folder of photos")
    }
    let walk = try FolderWalk(root: path, branches: [place])
    let files = walk.files.joined()
    photos = files.filter { ImageFormat.isImageName($0.name) }
      .map { Photo($0, name: $0.name, orientation: .ofFile($0.path)) }
    let others = files.map(\.name).filter { !ImageFormat.isImageName($0) }
    notes =
      [PhotoNames.note(leftOut: others), PhotoNames.note(hidden: walk.hiddenPhotos)]
      .compactMap { $0 } + walk.notes.capped("linked folders left out")
    guard !photos.isEmpty else {
      throw UserError(
        "\(path): contains no photos",
        remedy: notes.first ?? "give a folder of JPEG, PNG or PPM files")
    }
  }

  /// SHA-256 over a line `name`, tab, `size in bytes` for each photo, each ended by a line feed.
  public var fingerprint: String {
    FileDigest.sha256(Array(photos.map { "\($0.name)\t\($0.size)\n" }.joined().utf8))
  }
}
