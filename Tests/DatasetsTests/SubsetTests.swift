import Datasets
import Foundation
import Support
import Testing

@Suite("Subsets, fingerprints and photo folders")
struct SubsetTests {
  private func set(_ names: [String], bytes: [UInt8] = [1]) throws -> LabelledDataset {
    let folder = try TemporaryFolder()
    for name in names { try folder.add(name, bytes) }
    try folder.add(
      "labels.csv", ("file,label\n" + names.map { "\($0),7\n" }.joined()).utf8)
    return try LabelledDataset(name: "set", path: folder.path)
  }

  /// From Scripts/goldens/datasets.py.
  @Test("The subset of a seed never changes, and stays sorted by name")
  func pinned() throws {
    let set = try set((0..<10).map { "\($0).jpg" })
    #expect(
      set.limited(to: 4, seed: 3).items.map(\.name) == ["1.jpg", "4.jpg", "6.jpg", "8.jpg"])
  }

  @Test("Subsets are nested, differ by seed, and end at the whole set")
  func nested() throws {
    let set = try set((0..<40).map { "\($0).jpg" })
    let names = { (limit: Int, seed: UInt64) in
      Set(set.limited(to: limit, seed: seed).items.map(\.name))
    }
    for limit in 0..<40 {
      #expect(names(limit, 1).count == limit)
      #expect(names(limit, 1).isSubset(of: names(limit + 1, 1)))
    }
    #expect(names(10, 1) != names(10, 2))
    #expect(set.limited(to: 100, seed: 1).fingerprint == set.fingerprint)
    #expect(set.limited(to: 39, seed: 1).fingerprint != set.fingerprint)
  }

  @Test("The fingerprint is the documented one and knows sizes, not bytes")
  func fingerprints() throws {
    let one = try set(["a.jpg"], bytes: [1, 2])
    #expect(one.fingerprint == FileDigest.sha256(Array("a.jpg\t7\t2\n".utf8)))
    #expect(try set(["a.jpg"], bytes: [1, 2, 3]).fingerprint != one.fingerprint)
    let other = try set(["a.jpg"], bytes: [1, 3])
    #expect(other.fingerprint == one.fingerprint)
  }

  @Test("A photo folder finds image files at any depth once, sorted, through links and loops")
  func photoFolder() throws {
    let folder = try TemporaryFolder()
    for name in [
      "b.jpg", "a/c.JPEG", "a/d/e.jpeg", "a/f.png", "g.PPM", "a/text.txt", ".hidden/x.jpg",
      "._b.jpg",
    ] {
      try folder.add(name)
    }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/a/d/loop", withDestinationPath: "\(folder.path)/a")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/a/root", withDestinationPath: folder.path)
    let photos = try PhotoFolder(path: folder.path).photos
    #expect(photos.map(\.name) == ["a/c.JPEG", "a/d/e.jpeg", "a/f.png", "b.jpg", "g.PPM"])
    #expect(photos.allSatisfy { $0.size == 3 })
    let empty = try TemporaryFolder()
    #expect(throws: UserError.self) { try PhotoFolder(path: empty.path) }
    #expect(throws: UserError.self) { try PhotoFolder(path: empty.path + "/absent") }
  }
}
