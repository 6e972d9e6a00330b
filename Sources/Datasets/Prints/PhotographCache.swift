import Foundation
import Imaging
import Support

/// Photographs that distortions made, kept as files: making one takes ten times as long as reading it.
///
/// A file's name is the SHA-256 of what it shows and of every number it was made with, so that it can
/// be no other's, and runs may share a folder.
public struct PhotographCache: Sendable {
  /// Where the files lie; made when the first is written.
  public let folder: String

  /// - Parameter folder: need not exist.
  public init(folder: String) { self.folder = folder }

  /// The photograph of an image, made where it is not there yet; `nil` where the distortion is none.
  ///
  /// - Throws: `UserError` where it cannot be encoded, written or read.
  func photograph(
    _ image: RGBImage, by distortion: any DrawnDistortion
  ) throws -> (file: [UInt8], name: String)? {
    let path = path(image, distortion)
    if FileManager.default.fileExists(atPath: path) {
      return (try FileBytes.read(path: path), path)
    }
    guard let file = try distortion.photograph(image) else { return nil }
    try AtomicFile.makeFolder(of: path)
    try AtomicFile.write(file, to: path)
    return (file, path)
  }

  private func path(_ image: RGBImage, _ distortion: any DrawnDistortion) -> String {
    var content = Data("\(PrintSimulator.version) \(image.width) \(distortion.json)".utf8)
    content.append(contentsOf: image.pixels)
    let digest = FileDigest.sha256(content)
    return "\(folder)/\(digest.prefix(2))/\(digest).jpg"
  }
}

extension DrawnDistortion {
  /// x, and where the distortion is a photograph, that.
  ///
  /// - Parameter photographs: where photographs are kept; `nil` makes them anew.
  /// - Throws: As `apply(to:)`, and where photographs cannot be kept.
  public func view(of image: RGBImage, photographs: PhotographCache? = nil) throws -> PhotoView {
    let known = try photographs?.photograph(image, by: self)
    guard let file = try known?.file ?? photograph(image) else {
      return PhotoView(try apply(to: image))
    }
    let photo = try JPEG.decode(file, name: known?.name ?? "the photograph").image
    return PhotoView(middleOf: photo, side: image.width)
  }
}
