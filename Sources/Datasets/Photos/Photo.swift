import Imaging
import Support
import Tensors

/// A photo and where to find it, whether it is one of a labelled set, of a folder, or named alone.
public struct Photo: Sendable {
  /// Where the bytes lie.
  public enum Location: Sendable {
    case file(path: String)
    /// Inside an archive that is not unpacked.
    case member(TarArchive.Member, of: TarSource)
  }

  /// Its name within the set; unique there, and part of the address of its random draws.
  public internal(set) var name: String
  /// Bytes of the encoded image when the set was opened; 0 for a photo that is named alone.
  public let size: Int
  /// Where its bytes lie.
  public let location: Location
  /// The part of the photo that is used, or `nil` for all of it.
  public private(set) var crop: PhotoCrop?
  /// Whether it is turned upright when it is decoded.
  public let orientation: PhotoOrientation
  /// Whether the photo is the middle 224×224 of what would have been resized: it must have that size, and
  /// is seen as it is.
  var isCenter224 = false
  /// The same for two photos that are one file; `nil` where it is not known.
  let identity: FileIdentity?

  /// - Parameter size: bytes; 0 where it is not known.
  package init(
    name: String, size: Int, location: Location, crop: PhotoCrop? = nil,
    orientation: PhotoOrientation, identity: FileIdentity? = nil
  ) {
    (self.name, self.size, self.location) = (name, size, location)
    (self.crop, self.orientation, self.identity) = (crop, orientation, identity)
  }

  /// A file that is named alone; its name is the path.
  public init(path: String) {
    self.init(name: path, size: 0, location: .file(path: path), orientation: .ofFile(path))
  }

  /// A file of a set's folder.
  init(
    _ file: FolderListing.Entry, name: String, crop: PhotoCrop? = nil,
    orientation: PhotoOrientation
  ) {
    self.init(
      name: name, size: file.size, location: .file(path: file.path), crop: crop,
      orientation: orientation, identity: file.identity)
  }

  /// The same without some pixels at each side.
  ///
  /// - Throws: `UserError` where it is cropped already.
  func without(border: Int) throws -> Photo {
    guard crop == nil, !isCenter224 else {
      throw UserError("\(place): is cropped already, so no border can be cut off")
    }
    var photo = self
    photo.crop = .withoutBorder(border)
    return photo
  }

  /// The place as people name it: a path, or `archive.tar:member`.
  public var place: String {
    switch location {
    case .file(let path): path
    case .member(let member, let archive): "\(archive.path):\(member.name)"
    }
  }

  /// What tells the image apart beside its name, without reading it: its size in bytes and, where it
  /// is cropped, a tab and the crop.
  public var content: String { "\(size)" + (crop.map { "\t\($0.summary)" } ?? "") }

  /// The encoded image.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read.
  public func bytes() throws -> [UInt8] {
    switch location {
    case .file(let path): try FileBytes.read(path: path)
    case .member(let member, let archive): try archive.bytes(of: member)
    }
  }

  /// Reads and decodes the photo.
  ///
  /// - Throws: `UserError` naming the photo when it cannot be read, is no complete image, or is
  ///   smaller than the crop.
  public func decoded() throws(UserError) -> DecodedPhoto {
    try attempt { try decoded(try bytes()) }
  }

  /// Does something with the photo; an error that is not for people gets the photo's place.
  func attempt<Result>(_ body: () throws -> Result) throws(UserError) -> Result {
    do {
      return try body()
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError("\(place): \(error)")
    }
  }

  /// Decodes the photo's bytes.
  ///
  /// - Throws: As `decoded()`.
  public func decoded(_ bytes: [UInt8]) throws -> DecodedPhoto {
    let (whole, damage) = try pixels(of: bytes)
    let side = ImageSide.canonical
    if isCenter224, whole.width != side || whole.height != side {
      throw UserError(
        "\(place): \(whole.width) x \(whole.height) pixels, not \(side) x \(side)",
        remedy: "give a folder of classes, whose images are resized")
    }
    guard let crop else { return DecodedPhoto(self, bytes, image: whole, damage: damage) }
    do {
      let image = try crop.applied(to: whole)
      return DecodedPhoto(self, bytes, image: image, damage: damage)
    } catch let error as UserError {
      throw UserError("\(place): \(error.problem)", remedy: error.remedy)
    }
  }

  /// Apart from what decoded them, so that they can be cropped in the memory in which they lie.
  private func pixels(of bytes: [UInt8]) throws -> (image: RGBImage, damage: String?) {
    let decoded = try ImageFile(bytes, name: place).decode(upright: orientation == .upright)
    return (decoded.image, decoded.damage)
  }
}

/// A photo with its pixels, turned as its orientation asks and cropped.
public struct DecodedPhoto: Sendable {
  /// Where they come from.
  public let photo: Photo
  /// All of them.
  public let image: RGBImage
  /// What of the file is damaged, in libjpeg's words; `nil` for a sound one. The pixels are Pillow's
  /// all the same, see `DecodedImage.damage`.
  public let damage: String?
  private let bytes: [UInt8]

  fileprivate init(_ photo: Photo, _ bytes: [UInt8], image: RGBImage, damage: String?) {
    (self.photo, self.bytes, self.image, self.damage) = (photo, bytes, image, damage)
  }

  /// SHA-256 of the encoded image that the pixels come from.
  public var sha256: String { FileDigest.sha256(bytes) }
  /// The middle 256×256 pixels, resized: what is distorted.
  public var center256: RGBImage {
    photo.isCenter224
      ? CanonicalTransform.center256(center224: image) : CanonicalTransform.center256(image)
  }
  /// The middle 256×256 pixels, resized, and the photo that they are a view of.
  public var view256: PhotoView {
    photo.isCenter224 ? PhotoView(center256) : PhotoView(middleOf: image, side: ImageSide.distorted)
  }
  /// The middle 224×224 pixels, resized: y.
  public var center224: RGBImage { CanonicalTransform.center224(center256: center256) }
}
