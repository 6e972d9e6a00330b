import Datasets
import Imaging
import Support
import Synchronization
import Tensors
import Tracking

/// An image file that a person names on the command line.
enum NamedImage {
  /// Its middle 256×256 pixels; damage that Pillow tolerates is reported on standard error.
  ///
  /// - Parameter seen: called with the whole photo before.
  /// - Throws: `UserError` naming the file when it cannot be read or decoded.
  static func center256(
    _ photo: Photo, seen: (DecodedPhoto) -> Void = { _ in }
  ) throws(UserError) -> RGBImage {
    let decoded = try decoded(photo)
    seen(decoded)
    return decoded.center256
  }

  /// All of it; damage that Pillow tolerates is reported on standard error.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read or decoded.
  static func decoded(_ photo: Photo) throws(UserError) -> DecodedPhoto {
    let decoded = try photo.decoded()
    note(decoded.damage, of: photo)
    return decoded
  }

  /// Reports damage on standard error, if there is any.
  static func note(_ damage: String?, of photo: Photo) {
    guard let damage else { return }
    let note = DataNote(dataset: "images", item: photo.place, damage: damage)
    StandardStreams.writeError("note: \(note.text)\n")
  }

  /// All pixels of a photo, of which there are `side` × `side`.
  ///
  /// - Throws: `UserError` naming the file when it has another size.
  static func asIs(_ decoded: DecodedPhoto, side: Int) throws(UserError) -> RGBImage {
    let image = decoded.image
    guard (image.width, image.height) == (side, side) else {
      throw UserError(
        "\(decoded.photo.place): has \(image.width)×\(image.height) pixels, not \(side)×\(side)",
        remedy: "drop --as-is to have it resized and cropped")
    }
    return image
  }
}

/// Notes, once, that images seem to be already preprocessed.
final class PreparedImageNote: Sendable {
  private let isSaid = Mutex(false)

  func callAsFunction(_ decoded: DecodedPhoto) {
    let side = ImageSide.canonical
    guard (decoded.image.width, decoded.image.height) == (side, side) else { return }
    isSaid.withLock { isSaid in
      guard !isSaid else { return }
      isSaid = true
      StandardStreams.writeError(
        "note: \(decoded.photo.place): has 224×224 pixels and is enlarged to 256×256 first, like every "
          + "image; pass --as-is for output of correct or canonical\n")
    }
  }
}
