import Datasets
import Imaging
import Support
import Synchronization

/// An image file that a person names on the command line.
enum NamedImage {
  /// Its middle 256×256 pixels; damage that Pillow tolerates is reported on standard error.
  ///
  /// - Parameter seen: called with the decoded image before.
  /// - Throws: `UserError` naming the file when it cannot be read or decoded.
  static func center256(_ path: String, seen: (RGBImage) -> Void = { _ in }) throws -> RGBImage {
    let image = try read(path)
    seen(image)
    return CanonicalTransform.center256(image)
  }

  /// All of its pixels, of which there are `side` × `side`.
  ///
  /// - Throws: `UserError` naming the file when it has another size, and as `center256(_:seen:)`.
  static func asIs(_ path: String, side: Int) throws -> RGBImage {
    let image = try read(path)
    guard (image.width, image.height) == (side, side) else {
      throw UserError(
        "\(path): has \(image.width)×\(image.height) pixels, not \(side)×\(side)",
        remedy: "drop --as-is to have it resized and cropped")
    }
    return image
  }

  private static func read(_ path: String) throws -> RGBImage {
    let decoded = try ImageFile(path: path).decode()
    if let damage = decoded.damage {
      StandardStreams.writeError("note: \(path): damaged (\(damage)); decoded as Pillow does\n")
    }
    return decoded.image
  }
}

/// Notes, once, that images seem to be already preprocessed.
final class PreparedImageNote: Sendable {
  private let isSaid = Mutex(false)

  func callAsFunction(_ path: String, _ image: RGBImage) {
    guard (image.width, image.height) == (224, 224) else { return }
    isSaid.withLock { isSaid in
      guard !isSaid else { return }
      isSaid = true
      StandardStreams.writeError(
        "note: \(path): has 224×224 pixels and is enlarged to 256×256 first, like every image; "
          + "pass --as-is for output of correct or canonical\n")
    }
  }
}
