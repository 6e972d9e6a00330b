import Imaging
import Testing

/// A line of Fixtures/damage.json, made by Scripts/goldens/image_files.py.
private struct DamageCase: Decodable {
  /// The whole file's name below Fixtures.
  let base: String
  let name: String
  let edits: [Edit]
  /// What Pillow decodes, or `nil` where it refuses the file.
  let golden: Golden?

  /// From a place on, so many bytes go and others come.
  struct Edit: Decodable {
    let place: Int
    let removed: Int
    let inserted: [UInt8]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      place = try values.decode(Int.self)
      removed = try values.decode(Int.self)
      let digits = try values.decode(String.self).compactMap(\.hexDigitValue)
      inserted = stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
      }
    }
  }

  func bytes() throws -> [UInt8] {
    var bytes = try Fixture.bytes(base)
    for edit in edits {
      bytes.replaceSubrange(edit.place..<edit.place + edit.removed, with: edit.inserted)
    }
    return bytes
  }
}

@Suite("Damaged JPEG files")
struct DamageTests {
  private let cases = Result { try Fixture.json([DamageCase].self, "damage.json") }

  @Test("are decoded to Pillow's pixels where Pillow decodes them, and refused where it refuses")
  func likePillow() throws {
    var (same, refused, incomplete) = (0, 0, 0)
    for item in try cases.get() {
      let title = "\(item.base): \(item.name)"
      let bytes = try item.bytes()
      let message = failure {
        let decoded = try ImageFile(bytes, name: "x").decode()
        #expect(Golden(decoded.image) == item.golden, "\(title)")
        same += 1
      }
      guard message != "no error" else { continue }
      if message.contains("its last scans are missing") {
        incomplete += 1
      } else {
        #expect(item.golden == nil, "\(title): \(message)")
        #expect(message.hasPrefix("x: "))
        refused += 1
      }
    }
    #expect(same > 80 && refused > 20 && incomplete > 20, "\(same) \(refused) \(incomplete)")
  }

  @Test("a progressive file without its last scans is never decoded in silence")
  func missingScans() throws {
    let missing = try cases.get().filter { $0.name.hasSuffix(" scans") }
    #expect(missing.count > 20)
    for item in missing {
      let bytes = try item.bytes()
      do {
        let damage = try ImageFile(bytes, name: "x").decode().damage
        #expect(damage == "its last scans are missing", "\(item.base): \(item.name)")
      } catch {
        #expect("\(error)".hasPrefix("x: incomplete progressive JPEG"), "\(error)")
      }
    }
  }

  @Test("restart marks in another order and an early end are told")
  func told() throws {
    for (name, words) in [
      ("restarts in another order", "found marker 0xd1 instead of RST0"),
      ("early end", "premature end of data segment"),
    ] {
      let item = try #require(
        cases.get().first { $0.name == name && $0.base == "jpeg/restart_422.jpg" })
      let damage = try #require(try ImageFile(try item.bytes(), name: "x").decode().damage)
      #expect(damage.contains(words), "\(damage)")
    }
  }

  @Test("bytes behind the end and between segments are no damage")
  func harmless() throws {
    for item in try cases.get() where item.name == "behind the end" {
      #expect(try ImageFile(try item.bytes(), name: "x").decode().damage == nil)
    }
    let stray = try ImageFile(try Fixture.bytes("jpeg/stray_bytes.jpg"), name: "x")
    #expect(try stray.decode().damage == nil)
  }
}
