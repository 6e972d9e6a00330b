import Foundation
@testable import Imaging
import SystemZlib

extension FuzzTarget {
  static let images = [
    FuzzTarget("jpeg") { try decode($0, .jpeg) },
    FuzzTarget("png") { try decode(PNGChecksums.mended($0), .png) },
    FuzzTarget("webp") { try decode($0, .webp) },
    FuzzTarget("ppm") { try decode($0, .ppm) },
    FuzzTarget("exif", of: "jpeg") { bytes in
      let all = [UInt8](bytes)
      let cut = all.count / 2
      _ = Orientation.number(exif: all, xmp: nil)
      _ = Orientation.number(exif: nil, xmp: all)
      _ = Orientation.number(exif: Array(all[..<cut]), xmp: Array(all[cut...]))
    },
  ]

  private static func decode(_ bytes: some Sequence<UInt8>, _ format: ImageFormat) throws {
    let all = [UInt8](bytes)
    guard all.withUnsafeBytes({ ImageFormat(content: $0) }) == format else { throw NotKept() }
    let file = try ImageFile(all, name: "input")
    let (width, height) = try file.size(upright: true)
    let decoded = try file.decode(upright: true)
    guard decoded.image.width == width, decoded.image.height == height else {
      fatalError("decoded to another size than the header's")
    }
  }
}

/// PNG files whose checksums hold, so that what lies behind them is reached. Every second input stays as
/// it is.
private enum PNGChecksums {
  static func mended(_ input: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes = [UInt8](input)
    guard bytes.count % 2 == 0 else { return bytes }
    var position = 8
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - position - 12 else { break }
      let end = position + 8 + length
      let checksum = bytes[position + 4..<end].withUnsafeBufferPointer {
        UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count))
      }
      for place in 0..<4 { bytes[end + place] = UInt8(checksum >> (24 - 8 * place) & 0xFF) }
      position = end + 4
    }
    return bytes
  }
}
