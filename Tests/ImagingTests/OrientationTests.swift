import Foundation
import Imaging
import Support
import Testing

/// A line of Fixtures/orientation.json, made by Scripts/goldens/image_files.py.
private struct OrientationCase: Decodable {
  let name: String
  let format: String
  /// What is put behind a JPEG's first two bytes, or before a PNG's pixels, in hexadecimal.
  let before: String
  /// What is put before a PNG's end.
  let after: String
  /// Pillow's, or `nil` where it refuses the file.
  let orientation: Int?

  func bytes() throws -> [UInt8] {
    let (before, after) = (Self.bytes(before), Self.bytes(after))
    guard format == "PNG" else {
      let plain = try Fixture.bytes("jpeg/plain.jpg")
      return Array(plain[..<2]) + before + plain[2...]
    }
    let plain = try Fixture.bytes("png/plain.png")
    return Array(plain[..<33]) + before + plain[33..<plain.count - 12] + after + plain.suffix(12)
  }

  static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }
}

@Suite("Orientation is what Pillow's exif_transpose finds")
struct OrientationTests {
  @Test("whatever stands before it, in EXIF and XMP, in JPEG and PNG")
  func likePillow() throws {
    let cases = try Fixture.json([OrientationCase].self, "orientation.json")
    #expect(cases.count >= 110)
    for item in cases where item.format == "JPEG" || ImageFormat.png.isAvailable {
      let file = try ImageFile(try item.bytes(), name: item.name)
      guard let orientation = item.orientation else {
        #expect(throws: UserError.self, "\(item.name)") { try file.decode() }
        continue
      }
      #expect(file.orientation == orientation, "\(item.format): \(item.name)")
      let stored = try file.decode().image
      #expect(try file.decode(upright: true).image == stored.oriented(orientation))
    }
    #expect(Set(cases.compactMap(\.orientation)) == Set(1...8))
  }

  @Test("any bytes in EXIF give 1 to 8 and no crash")
  func anyBytes() throws {
    let plain = try Fixture.bytes("jpeg/plain.jpg")
    for case let item in try Fixture.json([OrientationCase].self, "orientation.json")
    where item.format == "JPEG" && item.before.count < 200 {
      let segments = OrientationCase.bytes(item.before)
      for at in segments.indices {
        for value: UInt8 in [0, 0x7F, 0xFF] {
          var changed = segments
          changed[at] = value
          let bytes = Array(plain[..<2]) + changed + plain[2...]
          #expect((1...8).contains(JPEG.orientation(bytes)))
        }
        #expect((1...8).contains(JPEG.orientation(Array(plain[..<2]) + segments[..<at])))
      }
    }
  }
}
