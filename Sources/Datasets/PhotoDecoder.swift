import Imaging
import Support

/// From the bytes of an item to its middle 256×256 pixels. Further treatments of photos (printed
/// sets) join here.
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
  /// - Parameter name: what the bytes are called in errors, e.g. their file.
  /// - Throws: `UserError` naming the photo when it is no complete JPEG.
  public func decode(_ bytes: [UInt8], name: String) throws -> RGBImage {
    let photo = try JPEG.decode(bytes, name: name)
    return honoursOrientation ? photo.oriented(JPEG.orientation(bytes)) : photo
  }

  /// The middle 256×256 pixels of an item.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read or decoded.
  public func center256(_ item: LabelledItem) throws(UserError) -> RGBImage {
    do {
      return CanonicalTransform.center256(try decode(try item.bytes(), name: item.place))
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError("\(item.place): \(error)")
    }
  }
}
