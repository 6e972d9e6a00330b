import Imaging
import Support

/// Photos without labels, for training: every file below a folder that is called as an image (`ImageFormat.isImageName`).
public struct PhotoFolder: Sendable {
  /// One photo.
  public struct Photo: Equatable, Sendable {
    /// Its path below the folder; part of the address of its random draws.
    public let name: String
    public let path: String
    /// Bytes of the encoded image when the folder was listed.
    public let size: Int
  }

  public let path: String
  /// Sorted by name (as bytes).
  public let photos: [Photo]

  /// Lists a folder and those below it; hidden files are left out.
  ///
  /// - Throws: `UserError` naming the folder when it cannot be listed or holds no photo.
  public init(path: String) throws {
    self.path = path
    photos = try FolderListing.files(below: path).filter { ImageFormat.isImageName($0.name) }
      .map { Photo(name: $0.name, path: $0.path, size: $0.size) }
    guard !photos.isEmpty else {
      throw UserError(
        "\(path): there are no images in it (\(ImageFormat.endingsText))",
        remedy: "give a folder of photos")
    }
  }

  /// SHA-256 over a line `name`, tab, `size in bytes` for each photo, each ended by a line feed.
  public var fingerprint: String {
    FileDigest.sha256(Array(photos.map { "\($0.name)\t\($0.size)\n" }.joined().utf8))
  }
}
