import Foundation
import Imaging
import Support
import Testing

/// The digest of an image, as Scripts/goldens/imaging.py writes it.
struct Golden: Decodable, Equatable, CustomStringConvertible {
  let width: Int
  let height: Int
  let sha256: String

  init(_ image: RGBImage) {
    width = image.width
    height = image.height
    sha256 = FileDigest.sha256(image.pixels)
  }

  var description: String { "\(width) x \(height) \(sha256.prefix(12))" }
}

/// Fixtures/goldens.json.
struct Goldens: Decodable {
  struct Encoding: Decodable {
    let quality: Int
    let subsampling: String
    let sha256: String
  }

  let images: [String: [String: Golden]]
  let jpegs: [String: Golden]
  let upright: [String: Golden]
  let encoded: [Encoding]

  static let all = Result { try Fixture.json(Goldens.self, "goldens.json") }
}

enum Fixture {
  struct Missing: Error {}

  static func path(_ name: String) throws -> String {
    guard let folder = Bundle.module.resourceURL else { throw Missing() }
    return folder.appendingPathComponent("Fixtures").appendingPathComponent(name).path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  static func json<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(bytes(name)))
  }

  /// Noise for even seeds, noisy gradients for odd ones; the same as the script's.
  static func synthetic(width: Int, height: Int, seed: Int) -> RGBImage {
    var image = RGBImage(width: width, height: height)
    image.pixels = (0..<width * height * 3).map { index in
      var mixed = (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(seed)
      mixed ^= mixed >> 31
      mixed = mixed &* 0xBF58_476D_1CE4_E5B9
      let noise = Int(mixed >> 56)
      if seed.isMultiple(of: 2) { return UInt8(noise) }
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      return UInt8((x * 3 + y * 5 + channel * 40 + noise / 16) % 256)
    }
    return image
  }

  /// Runs `body` on the path of a file that holds `bytes`, in a folder of its own.
  static func withFile(_ name: String, _ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("realitygap-imaging-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    try body(file.path)
  }
}

/// The one line of the error that `body` throws.
func failure(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as UserError {
    return error.description
  } catch {
    return "not a UserError: \(error)"
  }
}
