import Datasets
import Foundation
import Support
import Testing

@Suite("Tar archives")
struct TarArchiveTests {
  private func open(_ bytes: [UInt8]) throws -> TarArchive {
    let folder = try TemporaryFolder()
    // The open file outlives its name.
    return try TarArchive(path: try folder.add("t.tar", bytes))
  }

  private func message(_ bytes: [UInt8]) -> String {
    #expect(throws: UserError.self) { try open(bytes) }?.description ?? ""
  }

  private func data(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

  @Test(
    "Members of every format, length of name and size are found",
    arguments: [TarBuilder.Format.v7, .ustar, .gnu, .pax])
  func formats(format: TarBuilder.Format) throws {
    let long = String(repeating: "folder/", count: 20) + "photo.jpg"
    var names = ["a.jpg", "d/b.jpg"]
    if format != .v7 { names.append(long) }
    var tar = TarBuilder()
    let sizes = [0, 511, 1025]
    for (name, size) in zip(names, sizes) { tar.add(name, data(size), format: format) }
    tar.add("folder/", [], type: "5")
    tar.add("last.jpg", data(512))
    tar.end()
    let archive = try open(tar.bytes)
    #expect(archive.members.map(\.name) == names + ["last.jpg"])
    for (member, size) in zip(archive.members, sizes.prefix(names.count) + [512]) {
      #expect(try archive.bytes(of: member) == data(size))
    }
  }

  @Test("An archive that ends early is an error at every length")
  func truncated() throws {
    var tar = TarBuilder()
    tar.add("a.jpg", data(700))
    tar.add("b.jpg", data(10))
    for length in stride(from: 512, through: tar.bytes.count, by: 256) {
      #expect(message(Array(tar.bytes.prefix(length))).contains("truncated"), "\(length)")
    }
  }

  @Test("Damage, compression, other files and empty ones are told apart")
  func notArchives() throws {
    var tar = TarBuilder()
    tar.add("a.jpg", data(10))
    var damaged = tar
    damaged.add("b.jpg", data(10))
    damaged.bytes[1024] ^= 1
    damaged.end()
    #expect(message(damaged.bytes).contains("damaged at byte 1024"))
    #expect(message([0x1F, 0x8B] + data(2000)).contains("gunzip"))
    #expect(message(data(2000)).contains("not a tar archive"))
    #expect(message([]).contains("empty"))
  }

  @Test("Bad pax records and sizes never crash")
  func hostileRecords() {
    for text in ["0 path=x\n", "99999 path=x\n", "x\n", "11 pathxxxx\n", "-5 a=b\n"] {
      var tar = TarBuilder()
      tar.add("h", Array(text.utf8), type: "x")
      tar.add("a.jpg", data(3))
      tar.end()
      #expect(message(tar.bytes).contains("damaged"), "\(text)")
    }
    var tar = TarBuilder()
    tar.add("h", Array("28 size=9223372036854775807\n".utf8), type: "x")
    tar.add("a.jpg", data(3))
    tar.end()
    #expect(message(tar.bytes).contains("truncated"))
  }

  @Test("Many threads read one archive at once")
  func concurrentReads() throws {
    var tar = TarBuilder()
    for index in 0..<50 { tar.add("\(index)", [UInt8](repeating: UInt8(index), count: 3000)) }
    tar.end()
    let archive = try open(tar.bytes)
    let loader = PrefetchingLoader(count: 400, threads: 8, ahead: 32) { index in
      (try? archive.bytes(of: archive.members[index % 50])) ?? []
    }
    for (index, bytes) in loader.enumerated() {
      #expect(bytes == [UInt8](repeating: UInt8(index % 50), count: 3000))
    }
  }

  @Test("A tar without validation images is no set")
  func otherArchive() throws {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    tar.add("holiday.jpg", data(10))
    tar.end()
    let path = try folder.add("photos.tar", tar.bytes)
    let error = #expect(throws: UserError.self) { try LabelledDataset(name: "set", path: path) }
    #expect(error?.description.contains("none of its 1 files is a validation image") == true)
  }
}
