import Foundation
import Support
import Tensors
import Testing
import WeightFiles

@Suite("Damaged weight files")
struct DamagedImportTests {
  @Test(
    "a file cut off anywhere is one clear line",
    arguments: [
      "zip.pth", "zip64.pth", "legacy.pth", "legacy_protocol4.pth", "views_legacy.pth",
      "plain.safetensors",
    ])
  func truncated(_ name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try fixtureBytes(name)
    for length in 0..<bytes.count {
      let path = try folder.write(Array(bytes[..<length]), to: "cut.pth")
      let line = try complaint { _ = try WeightImporter.importFile(path) }
      #expect(line.hasPrefix("\(path): "), "\(length) bytes: \(line)")
      #expect(!line.contains("\n"))
    }
  }

  @Test(
    "changed bytes give tensors or a clear line, never a crash",
    arguments: ["zip.pth", "legacy.pth", "kinds.pth", "checkpoint.pth", "plain.safetensors"])
  func flipped(_ name: String) throws {
    let folder = try TemporaryFolder()
    let original = try fixtureBytes(name)
    var random = RandomStream(seed: 1, purpose: "byte flips", item: name)
    var failures = 0
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0...random.integer(below: 3) {
        bytes[random.integer(below: bytes.count)] = UInt8(random.integer(below: 256))
      }
      let path = try folder.write(bytes, to: "flipped.pth")
      do {
        let weights = try WeightImporter.importFile(path).weights
        #expect(weights.elementCount <= (16 << 20) + 16 * bytes.count)
      } catch let error as UserError {
        failures += 1
        #expect(error.description.hasPrefix("\(path): "))
      }
    }
    #expect(failures > 100)
  }

  @Test("every single byte of a pickle may be anything")
  func everyByte() throws {
    let folder = try TemporaryFolder()
    let original = try fixtureBytes("legacy.pth")
    for position in 0..<original.count {
      for value in [0x00, 0x28, 0x52, 0x7F, 0x80, 0xFF] as [UInt8] {
        var bytes = original
        bytes[position] = value
        let path = try folder.write(bytes, to: "changed.pth")
        do {
          _ = try WeightImporter.importFile(path)
        } catch {
          #expect(error is UserError)
        }
      }
    }
  }

  @Test("HDF5 files cut off anywhere are one clear line", arguments: ["h5py.h5", "kinds.h5"])
  func truncatedHDF5(_ name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try fixtureBytes(name)
    for length in stride(from: 0, to: bytes.count, by: 37) {
      let path = try folder.write(Array(bytes[..<length]), to: "cut.h5")
      let line = try complaint { _ = try StateDict.load(path) }
      #expect(line.hasPrefix(path))
      #expect(length < 96 || line.contains("truncated"), "\(length) bytes: \(line)")
    }
  }

  @Test("changed numbers in an HDF5 file are read, and changed signatures named")
  func changedHDF5() throws {
    let folder = try TemporaryFolder()
    var bytes = try fixtureBytes("h5py.h5")
    bytes[0] = 0
    let path = try folder.write(bytes, to: "changed.h5")
    #expect(try complaint { _ = try StateDict.load(path) }.contains("not an HDF5 file"))
  }
}
