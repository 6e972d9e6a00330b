@testable import Datasets
import Foundation
import Support

extension FuzzTarget {
  static let data = [
    FuzzTarget("tar") { try readArchive(TarChecksums.mended($0)) },
    FuzzTarget("csv", of: "labels") { _ = try CSV.rows(of: $0, name: "input") },
    FuzzTarget("labels") { bytes in
      _ = try labelFolder.get()
      _ = try Place.file(bytes, named: "set/labels.csv")
      _ = try LabelledDataset(name: "input", path: "\(Place.folder)/set")
    },
    FuzzTarget("manifest") { bytes in
      _ = try Place.file(bytes, named: "manifest.json")
      _ = try SetManifest.read(folder: Place.folder)?.note(names: ["a.jpg", "b.jpg"])
    },
    FuzzTarget("parameters", of: "json") { bytes in
      let drawn = try Distortion.drawn(path: try Place.file(bytes))
      let again = drawn.json
      guard !again.isEmpty else { fatalError("parameters that cannot be written") }
    },
  ]

  /// A folder with the sample's first photos.
  private static let labelFolder = Result {
    let folder = "\(Place.folder)/set"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let fixtures = "\(Place.repository)/Tests/DatasetsTests/Fixtures"
    for name in ["tall.jpg", "turned.jpg", "wide.jpg"] {
      try FileManager.default.copyItem(atPath: "\(fixtures)/\(name)", toPath: "\(folder)/\(name)")
    }
  }

  private static func readArchive(_ bytes: [UInt8]) throws {
    let path = try bytes.withUnsafeBytes { try Place.file($0) }
    let place = ListedArchive.Place(
      source: TarSource(kept: try ReadableFile(path: path)), prefix: "", root: "input")
    let outer = try ListedArchive(place, nests: true, wantsLabels: true) { _ in }
    for photo in outer.photos.prefix(8) { _ = try outer.source.bytes(of: photo) }
    for inner in outer.archives.prefix(8) {
      let archive = try ListedArchive(inner, nests: false, wantsLabels: true) { _ in }
      for photo in archive.photos.prefix(8) { _ = try archive.source.bytes(of: photo) }
    }
  }
}

/// Archives whose headers' checksums hold. Every eighth input stays as it is.
private enum TarChecksums {
  static func mended(_ input: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes = [UInt8](input)
    guard bytes.count % 8 != 7 else { return bytes }
    for start in stride(from: 0, to: bytes.count - 511, by: 512) {
      let block = bytes[start..<start + 512]
      guard block[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) else { continue }
      let sum =
        block.reduce(0) { $0 + Int($1) }
        - block[(start + 148)..<(start + 156)].reduce(0) { $0 + Int($1) } + 8 * 32
      let digits = String(sum, radix: 8)
      let field = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "\0 "
      bytes.replaceSubrange((start + 148)..<(start + 156), with: field.utf8.prefix(8))
    }
    return bytes
  }
}
