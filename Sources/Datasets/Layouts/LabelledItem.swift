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
  /// The same for two items whose images are one file; `nil` where it is not known.
  let identity: FileIdentity?

  public init(
    name: String, label: Int, size: Int, location: Location, crop: PhotoCrop? = nil
  ) {
    self.init(
      name: name, label: label, size: size, location: location, crop: crop, identity: nil)
  }

  init(
    name: String, label: Int, size: Int, location: Location, crop: PhotoCrop? = nil,
    identity: FileIdentity?
  ) {
    self.name = name
    self.label = label
    self.size = size
    self.location = location
    self.crop = crop
    self.identity = identity
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

  /// What tells the image apart beside its name and label, without reading it: its size in bytes and,
  /// where it is cropped, a tab and the crop.
  public var content: String { "\(size)" + (crop.map { "\t\($0.summary)" } ?? "") }

  /// The place as people name it: a path, or `archive.tar:member`.
  public var place: String {
    switch location {
    case .file(let path): path
    case .member(let member, let archive): "\(archive.path):\(member.name)"
    }
  }
}
