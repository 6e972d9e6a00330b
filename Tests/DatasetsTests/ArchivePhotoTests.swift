import Datasets
import Foundation
import Support
import Testing

@Suite("Photos in archives")
struct ArchivePhotoTests {
  private let names = [
    "n01440764/n01440764_1.JPEG", "n01440764/n01440764_20.JPEG", "n01443537/a.JPEG",
  ]

  private func message(_ path: String) -> String {
    #expect(throws: UserError.self) { try PhotoFolder(path: path) }?.description ?? ""
  }

  /// An archive of files whose contents are their own names.
  private func tar(_ names: [String]) -> [UInt8] {
    var tar = TarBuilder()
    for name in names { tar.add(name, Array(name.utf8)) }
    tar.end()
    return tar.bytes
  }

  /// ImageNet's training archive: a tar of a tar for each class.
  private func training(_ names: [String]) -> [UInt8] {
    var whole = TarBuilder()
    for (folder, names) in Dictionary(grouping: names, by: { $0.prefix(9) }).sorted(by: {
      $0.key > $1.key
    }) {
      var inner = TarBuilder()
      for name in names { inner.add(String(name.dropFirst(10)), Array(name.utf8)) }
      inner.end()
      whole.add("\(folder).tar", inner.bytes)
    }
    whole.end()
    return whole.bytes
  }

  @Test("A tar of tars, a folder of tars, a tar of folders and folders are the same photos")
  func sameInEveryForm() throws {
    let folder = try TemporaryFolder()
    for name in names { try folder.add("unpacked/\(name)", name.utf8) }
    try folder.add("train.tar", training(names))
    var tars = TarBuilder()
    for name in names { tars.add("./\(name)", Array(name.utf8)) }
    tars.end()
    try folder.add("plain.tar", tars.bytes)
    var first = TarBuilder()
    for name in names.prefix(2) { first.add(String(name.dropFirst(10)), Array(name.utf8)) }
    first.end()
    try folder.add("mixed/n01440764.tar", first.bytes)
    try folder.add("mixed/\(names[2])", names[2].utf8)
    let sets = try ["unpacked", "train.tar", "plain.tar", "mixed"].map {
      try PhotoFolder(path: "\(folder.path)/\($0)")
    }
    for set in sets {
      #expect(set.photos.map(\.name) == names)
      #expect(try set.photos.map { String(decoding: try $0.bytes(), as: UTF8.self) } == names)
      #expect(set.fingerprint == sets[0].fingerprint)
      #expect(set.photos.allSatisfy { $0.orientation == .asStored })
      #expect(set.notes == [])
    }
    #expect(sets[1].photos[0].place == "\(folder.path)/train.tar:n01440764.tar:n01440764_1.JPEG")
    let lines = names.map { "\($0)\t\($0.utf8.count)\n" }.joined()
    #expect(sets[0].fingerprint == FileDigest.sha256(Array(lines.utf8)))
  }

  @Test("The training archive is a labelled set, the same as class folders")
  func labelledTraining() throws {
    let folder = try TemporaryFolder()
    for name in names { try folder.add("unpacked/\(name)", name.utf8) }
    let sets = try [
      "\(folder.path)/unpacked", try folder.add("train.tar", training(names)),
    ].map { try LabelledDataset(name: "set", path: $0) }
    #expect(sets.map(\.layout) == ["class-folders", "class-archives"])
    #expect(sets[1].items.map(\.label) == [0, 0, 1])
    #expect(sets[0].fingerprint == sets[1].fingerprint)
    #expect(sets[1].items.allSatisfy { $0.orientation == .asStored })
    let other = try folder.add("other.tar", training(names + ["n99999999/a.JPEG"]))
    let error = #expect(throws: UserError.self) { try LabelledDataset(name: "set", path: other) }
    #expect(error?.description.contains("other.tar:n99999999.tar: no class") == true)
  }

  /// Two shards of three samples.
  private func shards(_ folder: TemporaryFolder, labels: [String] = ["7", " 8\n", "9"]) throws {
    for (shard, keys) in [["a", "b"], ["a"]].enumerated() {
      var tar = TarBuilder()
      for (index, key) in keys.enumerated() {
        tar.add("\(key).cls", Array(labels[2 * shard + index].utf8))
        tar.add("\(key).jpg", Array("\(shard) \(key)".utf8))
        tar.add("\(key).json", Array("{}".utf8))
      }
      tar.end()
      try folder.add("shard-00000\(shard).tar", tar.bytes)
    }
  }

  @Test("Shards in WebDataset's layout are photos with their shard's name, and a labelled set")
  func shards() throws {
    let folder = try TemporaryFolder()
    try shards(folder)
    let names = ["shard-000000/a.jpg", "shard-000000/b.jpg", "shard-000001/a.jpg"]
    let photos = try PhotoFolder(path: folder.path)
    #expect(photos.photos.map(\.name) == names)
    #expect(photos.notes == [])
    let texts = try photos.photos.map { String(decoding: try $0.bytes(), as: UTF8.self) }
    #expect(texts == ["0 a", "0 b", "1 a"])
    let set = try LabelledDataset(name: "set", path: folder.path)
    #expect(set.layout == "webdataset")
    #expect(set.items.map(\.name) == names)
    #expect(set.items.map(\.label) == [7, 8, 9])
    #expect(set.items.allSatisfy { $0.orientation == .upright })
    let one = try LabelledDataset(name: "set", path: "\(folder.path)/shard-000001.tar")
    #expect(one.items.map(\.name) == ["a.jpg"])
  }

  @Test("A sample without class and a class that is none are named with their shard")
  func badLabels() throws {
    for (label, words) in [
      ("1000", "shard-000001.tar:a.cls: label 1000 is outside"), ("", "not a label"),
    ] {
      let folder = try TemporaryFolder()
      try shards(folder, labels: ["1", "2", label])
      let error = #expect(throws: UserError.self) {
        try LabelledDataset(name: "set", path: folder.path)
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    let folder = try TemporaryFolder()
    try shards(folder)
    try folder.add("shard-000002.tar", tar(["c.jpg"]))
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    #expect(error?.description.contains("shard-000002.tar: c.jpg has no .cls") == true)
  }

  @Test("What is wrong with an archive is said with its name, of archives in archives, too")
  func faults() throws {
    let folder = try TemporaryFolder()
    let whole = training(names)
    let short = try folder.add("short.tar", whole.prefix(1024))
    #expect(message(short).contains("short.tar: the archive is truncated"))
    var broken = whole
    // The second header of the first class's archive.
    broken[512 + 1024 + 3] ^= 0xFF
    let place = try folder.add("broken.tar", broken)
    #expect(
      message(place).contains("broken.tar:n01443537.tar: the archive is damaged at byte 1024"))
    var foreign = TarBuilder()
    foreign.add("n01440764.tar", [0x1F, 0x8B, 8, 0] + [UInt8](repeating: 7, count: 600))
    foreign.end()
    let text = message(try folder.add("foreign.tar", foreign.bytes))
    #expect(
      text.contains("foreign.tar:n01440764.tar: not a tar archive but compressed with gzip"),
      "\(text)")
    let empty = try folder.add("shards/shard-000000.tar", tar(["a.txt", "b.txt"]))
    #expect(
      message("\(folder.path)/shards").contains("\(empty): contains no photos; 2 files left out"))
    let twice = try folder.add("twice.tar", tar(["a.jpg", "b.jpg", "./a.jpg"]))
    #expect(message(twice).contains("twice.tar:a.jpg: is there twice"))
    let sample = try folder.add("sample.tar", tar(["a.jpg", "a.seg.png", "a.json"]))
    #expect(message(sample).contains("a.jpg and a.seg.png are two photos of one sample"))
    #expect(
      message("\(folder.path)/shard-{000000..000003}.tar").contains("give the folder of the shards")
    )
    try folder.add("both/n01440764/a.JPEG")
    try folder.add("both/n01440764.tar", tar(["a.JPEG"]))
    #expect(message("\(folder.path)/both").contains("two photos of one name"))
  }

  @Test(
    "A photo of a shard that was changed after it had been listed is an error, not another photo")
  func changed() throws {
    let folder = try TemporaryFolder()
    try shards(folder)
    let photos = try PhotoFolder(path: folder.path).photos
    try folder.add("shard-000001.tar", tar(["z.jpg"]))
    #expect(throws: UserError.self) { try photos[2].bytes() }
    #expect(try photos[0].bytes() == Array("0 a".utf8))
  }

  @Test("Hidden members and foreign files are noted")
  func notes() throws {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    tar.add("._a.jpg", [1])
    tar.add("a.jpg", [1])
    tar.add("notes.txt", [1])
    try folder.add("one.tar", tar.bytes)
    try folder.add("two.tar", self.tar(["b.jpg"]))
    let set = try PhotoFolder(path: folder.path)
    #expect(
      set.notes == [
        "1 file left out: not named .jpg, .jpeg, .png, .webp, .ppm (1 .txt)",
        "\(folder.path)/one.tar: the archive has no end mark: it may be truncated",
        "1 hidden photo left out, e.g. one/._a.jpg",
      ])
  }
}
