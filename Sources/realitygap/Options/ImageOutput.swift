import ArgumentParser
import Imaging
import Support

/// An image file to write, in the format given by its file name extension.
struct ImageOutput {
  private static let endings = ImageFormat.written.flatMap(\.endings)
  private static let endingsText = endings.map { ".\($0)" }.joined(separator: ", ")
  /// Help for options that name one.
  static let help = "The image file to write: \(endingsText)."
  /// Completion for options that name one.
  static let completion = CompletionKind.file(extensions: endings)

  let path: String
  let format: ImageFormat

  /// - Throws: `ValidationError` when the name has another ending.
  init(_ path: String) throws {
    guard let format = ImageFormat(ending: path), ImageFormat.written.contains(format) else {
      throw ValidationError("must end in one of \(Self.endingsText)")
    }
    (self.path, self.format) = (path, format)
  }

  /// Checks that the file can be written, before the image is computed.
  ///
  /// - Throws: `UserError` naming the file.
  func check() throws {
    guard format.isAvailable else {
      throw UserError(
        "\(path): this build cannot write PNG, as it lacks the package trait PNG",
        remedy: "build with the default traits (needs libpng), or write .ppm or .jpg")
    }
    try AtomicFile.check(path)
  }

  /// - Parameter quality: of a JPEG, 1 to 100.
  /// - Throws: `UserError` naming the file when it cannot be written.
  func write(_ image: RGBImage, quality: Int = 95) throws {
    try AtomicFile.write(image.encoded(as: format, quality: quality), to: path)
  }
}
