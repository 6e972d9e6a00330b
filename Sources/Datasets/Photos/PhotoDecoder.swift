import Imaging
import Support

/// From the bytes of an item to its middle 256×256 pixels, in the memory of one decoded photo: it is
/// turned while it is decoded, and cropped where it lies.
public struct PhotoDecoder: Sendable {
  /// Whether photos are turned upright as their EXIF orientation says.
  public let honoursOrientation: Bool

  public init(honoursOrientation: Bool) { self.honoursOrientation = honoursOrientation }

  /// What a set asks for: upright photos for folders with `labels.csv`, pixels as stored for
  /// ImageNet's layouts.
  public init(for dataset: LabelledDataset) {
    honoursOrientation = dataset.honoursOrientation
  }

  /// The decoded photo.
  ///
  /// - Parameters:
  ///   - name: what the bytes are called in errors, e.g. their file.
  ///   - crop: the part of the upright photo that is wanted, or `nil` for all of it.
  /// - Throws: `UserError` naming the photo when it is not a complete image or is smaller than the crop.
  public func decode(
    _ bytes: [UInt8], name: String, crop: PhotoCrop? = nil
  ) throws -> RGBImage {
    let photo = try ImageFile(bytes, name: name).decode(upright: honoursOrientation).image
    guard let crop else { return photo }
    do {
      return try crop.applied(to: photo)
    } catch let error as UserError {
      throw UserError("\(name): \(error.problem)", remedy: error.remedy)
    }
  }

  /// The middle 256×256 pixels of an item.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read or decoded.
  public func center256(_ item: LabelledItem) throws(UserError) -> RGBImage {
    try digestedCenter256(item).image
  }

  /// As `center256(_:)`, with the SHA-256 of the bytes that the pixels come from.
  package func digestedCenter256(
    _ item: LabelledItem
  ) throws(UserError) -> (image: RGBImage, sha256: String) {
    do {
      let bytes = try item.bytes()
      let photo = try decode(bytes, name: item.place, crop: item.crop)
      return (CanonicalTransform.center256(photo), FileDigest.sha256(bytes))
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError("\(item.place): \(error)")
    }
  }
}
