import Datasets
import Support
import Testing

@Suite("Sets that a file describes")
struct DescribedSetTests {
  private func set(_ folder: TemporaryFolder, _ text: String) throws -> LabelledDataset {
    try folder.add("set.yaml", Array("version: 1\n\(text)".utf8))
    return try LabelledDataset(name: "set", path: "\(folder.path)/set.yaml")
  }

  private func message(_ folder: TemporaryFolder, _ text: String) -> String {
    let error = #expect(throws: UserError.self) { try set(folder, text) }
    return error?.description ?? ""
  }

  @Test("Folders may be class indices, which are numbers and no texts")
  func indices() throws {
    let folder = try TemporaryFolder()
    for name in ["v2/0/a.jpeg", "v2/10/b.jpeg", "v2/2/c.jpeg", "v2/999/d.png"] {
      try folder.add(name)
    }
    let found = try set(folder, "images: v2\nfolders: index\n")
    #expect(found.layout == "described" && found.classes == nil && found.notes.isEmpty)
    #expect(
      Dictionary(uniqueKeysWithValues: found.items.map { ($0.name, $0.label) })
        == ["0/a.jpeg": 0, "10/b.jpeg": 10, "2/c.jpeg": 2, "999/d.png": 999])
    #expect(found.items.allSatisfy { $0.orientation == .asStored })
    for name in ["v2/1000", "v2/007", "v2/-1", "v2/x"] {
      let other = try TemporaryFolder()
      try other.add("\(name)/a.jpeg")
      #expect(message(other, "images: v2\nfolders: index\n").contains("not the index of a class"))
    }
  }

  @Test("Predictions may be among the classes that are there; that is another set")
  func present() throws {
    let folder = try TemporaryFolder()
    for name in ["a/n01443537/x.jpg", "a/n01440764/y.jpg", "a/n15075141/z.jpg"] {
      try folder.add(name)
    }
    let all = try set(folder, "images: a\n")
    let present = try set(folder, "images: a\nclasses: present\n")
    #expect(all.classes == nil && present.classes == [0, 1, 999])
    #expect(all.fingerprint != present.fingerprint)
    #expect(all.items.map(\.name) == present.items.map(\.name))
    #expect(
      present.notes == [
        "predictions are among the classes that the set has a folder of, 3 of 1000"
      ])
    #expect(present.limited(to: 1, seed: 0).classes == [0, 1, 999])
    // As torchvision's layout finds it.
    #expect(
      all.fingerprint == (try LabelledDataset(name: "a", path: "\(folder.path)/a")).fingerprint)
  }

  @Test("What a file says wrongly is named with its line")
  func wrong() throws {
    let folder = try TemporaryFolder()
    try folder.add("a/n01443537/x.jpg")
    #expect(message(folder, "images: a\nfolders: names\n").contains("set.yaml:3"))
    #expect(message(folder, "folders: wnid\n").contains("the key images is missing"))
    #expect(message(folder, "images: none\n").contains("\(folder.path)/none"))
    #expect(message(folder, "images: a\nmask: 3\n").contains("mask"))
  }
}
