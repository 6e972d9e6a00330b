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

  @Test("An archive that ends inside of a member is an error at every length")
  func truncated() throws {
    var tar = TarBuilder()
    tar.add("a.jpg", data(700))
    tar.add("b.jpg", data(10))
    // Behind a.jpg and behind b.jpg nothing is missing but the end mark.
    for length in stride(from: 512, to: tar.bytes.count, by: 256) where length != 1536 {
      #expect(message(Array(tar.bytes.prefix(length))).contains("truncated"), "\(length)")
    }
  }

  @Test("Without an end mark it is whole where its last member is, with a note")
  func noEndMark() throws {
    var tar = TarBuilder()
    tar.add("a.jpg", data(700))
    tar.add("b.jpg", data(10))
    let archive = try open(tar.bytes)
    #expect(archive.members.map(\.name) == ["a.jpg", "b.jpg"])
    #expect(try archive.bytes(of: archive.members[1]) == data(10))
    #expect(archive.notes == ["the archive has no end mark: it may be truncated"])
    // A header that announces a member which does not come is not the end.
    tar.records([("path", "c.jpg")])
    #expect(message(tar.bytes).contains("truncated"))
  }

  @Test("What follows the end mark is noted, but for zeros")
  func behindEnd() throws {
    var tar = TarBuilder()
    tar.add("a.jpg", data(10))
    tar.end()
    tar.bytes += [UInt8](repeating: 0, count: 10240)
    #expect(try open(tar.bytes).notes == [])
    tar.add("b.jpg", data(10))
    let joined = try open(tar.bytes)
    #expect(joined.members.map(\.name) == ["a.jpg"])
    #expect(joined.notes.first?.contains("data after the archive's end mark") == true)
  }

  @Test("A link is its file under another name, through other links, too")
  func links() throws {
    var tar = TarBuilder()
    tar.add("./d/a.jpg", data(700))
    tar.link("hard.jpg", to: "d/a.jpg")
    tar.link("d/near.jpg", to: "a.jpg", isHard: false)
    tar.link("chain.jpg", to: "./hard.jpg", isHard: false)
    tar.link("e/up.jpg", to: "../d/./near.jpg", isHard: false)
    tar.link("early.jpg", to: "late.jpg", isHard: false)
    tar.add("late.jpg", data(3))
    // Old programs wrote the file's size; the data of pax follow.
    tar.link("sized.jpg", to: "late.jpg", size: 3)
    tar.link("own.jpg", to: "gone.jpg", size: 600, body: data(600))
    tar.records([("linkpath", "d/a.jpg"), ("path", "pax.jpg")])
    tar.link("short", to: "short")
    tar.add("last.jpg", data(1))
    tar.end()
    let archive = try open(tar.bytes)
    #expect(archive.notes == [])
    let sizes = [
      "./d/a.jpg": 700, "hard.jpg": 700, "d/near.jpg": 700, "chain.jpg": 700, "e/up.jpg": 700,
      "early.jpg": 3, "late.jpg": 3, "sized.jpg": 3, "own.jpg": 600, "pax.jpg": 700, "last.jpg": 1,
    ]
    #expect(archive.members.count == sizes.count)
    for member in archive.members {
      #expect(try archive.bytes(of: member) == data(sizes[member.name] ?? -1), "\(member.name)")
    }
  }

  @Test("Links that lead to no file and members that are none are named")
  func leftOut() throws {
    var tar = TarBuilder()
    tar.add("folder/", [], type: "5")
    tar.link("later.jpg", to: "a.jpg")
    tar.add("a.jpg", data(10))
    tar.link("gone.jpg", to: "missing.jpg")
    tar.link("outside.jpg", to: "../a.jpg", isHard: false)
    tar.link("absolute.jpg", to: "/a.jpg", isHard: false)
    tar.link("self.jpg", to: "self.jpg", isHard: false)
    tar.link("ring1.jpg", to: "ring2.jpg", isHard: false)
    tar.link("ring2.jpg", to: "ring1.jpg", isHard: false)
    tar.link("dir.jpg", to: "folder", isHard: false)
    tar.add("pipe.jpg", [], type: "6")
    tar.add("disk.jpg", [], type: "4")
    tar.sparse("sparse.jpg", data(600))
    tar.records([("GNU.sparse.major", "1"), ("GNU.sparse.name", "pax.jpg")])
    tar.add("x", data(600))
    tar.add("b.jpg", data(5))
    tar.end()
    let archive = try open(tar.bytes)
    #expect(archive.members.map(\.name) == ["a.jpg", "b.jpg"])
    #expect(try archive.bytes(of: archive.members[1]) == data(5))
    for (name, words) in [
      ("later.jpg", "a hard link to a.jpg, which comes later"),
      ("gone.jpg", "is not in the archive"),
      ("outside.jpg", "outside of the archive"), ("absolute.jpg", "outside of the archive"),
      ("self.jpg", "never resolves"), ("ring1.jpg", "never resolves"),
      ("ring2.jpg", "never resolves"),
      ("dir.jpg", "which is a folder"), ("pipe.jpg", "a named pipe"), ("disk.jpg", "a device"),
    ] {
      #expect(
        archive.notes.contains { $0.contains("left out: \(name) is ") && $0.contains(words) },
        "\(name): \(archive.notes)")
    }
    #expect(archive.notes.last == "and 2 more members left out")
  }

  @Test("Sparse files are named")
  func sparse() throws {
    var tar = TarBuilder()
    tar.sparse("old.jpg", data(600))
    tar.records([("GNU.sparse.major", "1"), ("GNU.sparse.name", "pax.jpg")])
    tar.add("x", data(600))
    tar.end()
    #expect(
      try open(tar.bytes).notes == [
        "member left out: old.jpg is a sparse file", "member left out: pax.jpg is a sparse file",
      ])
  }

  @Test("What was left out of an archive is among the set's notes; a link's label is its name's")
  func setOfLinks() throws {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    tar.add("ILSVRC2012_val_00000002.JPEG", data(10))
    tar.link("ILSVRC2012_val_00000003.JPEG", to: "ILSVRC2012_val_00000002.JPEG")
    tar.link("ILSVRC2012_val_00000004.JPEG", to: "ILSVRC2012_val_00000009.JPEG")
    tar.end()
    let set = try LabelledDataset(name: "set", path: try folder.add("links.tar", tar.bytes))
    #expect(set.items.map(\.label) == [970, 230])
    #expect(try set.items.map { try $0.photo.bytes() } == [data(10), data(10)])
    for words in [
      "2 of the 50000", "left out: ILSVRC2012_val_00000004.JPEG", "linked to the file of another",
    ] {
      #expect(set.notes.contains { $0.contains(words) }, "\(words): \(set.notes)")
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
