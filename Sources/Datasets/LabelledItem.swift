import Support

/// One image of a set and where to find it.
public struct LabelledItem: Sendable {
  /// Where the bytes of an image lie.
  public enum Location: Sendable {
    case file(path: String)
    /// Inside an archive that is not unpacked.
    case member(TarArchive.Member, of: TarArchive)
  }

  /// Its name within the set; unique there, and part of the address of its random draws.
  public let name: String
  /// The right class, 0…999.
  public let label: Int
  /// Bytes of the encoded image when the set was opened.
  public let size: Int
  public let location: Location
  /// The part of the photo that is used, or `nil` for all of it.
  public let crop: PhotoCrop?

  public init(
    name: String, label: Int, size: Int, location: Location, crop: PhotoCrop? = nil
  ) {
    self.name = name
    self.label = label
    self.size = size
    self.location = location
    self.crop = crop
  }

  /// The encoded image.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read.
  public func bytes() throws -> [UInt8] {
    switch location {
    case .file(let path): try ReadableFile(path: path).readAll()
    case .member(let member, let archive): try archive.bytes(of: member)
    }
  }

  /// The place as people name it: a path, or `archive.tar:member`.
  public var place: String {
    switch location {
    case .file(let path): path
    case .member(let member, let archive): "\(archive.path):\(member.name)"
    }
  }
}
