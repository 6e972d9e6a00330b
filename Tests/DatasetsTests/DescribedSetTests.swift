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
        "predictions are among the classes of the set, 3 of 1000"
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

  @Test(
    "ObjectNet: folders stand for one class or several, others are left out, the frame is cut off")
  func objectNet() throws {
    let folder = try TemporaryFolder()
    for name in ["images/chair/a.png", "images/air_freshener/b.png", "images/weight/c.png"] {
      try folder.add(name)
    }
    // As the two files of ObjectNet: classes of ImageNet by all their names.
    let objects = """
      {"Chair": "barber chair; folding chair; rocking chair, rocker",
       "Weight (exercise)": "barbell; dumbbell"}
      """
    try folder.add("objects.json", Array(objects.utf8))
    let labels = """
      {"chair": "Chair", "air_freshener": "Air freshener", "weight": "Weight (exercise)"}
      """
    try folder.add("labels.json", Array(labels.utf8))
    let text = "images: images\nclass_names: objects.json\nfolder_names: labels.json\nborder: 2\n"
    let found = try set(folder, text)
    #expect(found.items.map(\.name) == ["chair/a.png", "weight/c.png"])
    #expect(found.items.map(\.label) == [423, 422] && found.items[0].alsoRight == [559, 765])
    #expect(found.items.map(\.crop) == [.withoutBorder(2), .withoutBorder(2)])
    #expect(
      found.notes.contains { $0.contains("1 folder left out") && $0.contains("air_freshener") })
    let masked = try set(folder, "classes: present\n" + text)
    #expect(masked.classes == [422, 423, 543, 559, 765])
    // Another set than the same images with one right class.
    try folder.add("objects.json", Array(#"{"Chair": "423", "Weight (exercise)": "422"}"#.utf8))
    let single = try set(folder, text)
    #expect(single.items.map(\.label) == found.items.map(\.label))
    #expect(single.fingerprint != found.fingerprint)
    try folder.add("objects.json", Array(#"{"Chair": "sunglasses"}"#.utf8))
    #expect(message(folder, text).contains("\"sunglasses\" may mean several classes"))
    try folder.add("objects.json", Array(#"{"Chair": "throne of bones"}"#.utf8))
    #expect(message(folder, text).contains("\"throne of bones\" is no class"))
    try folder.add("objects.json", Array(#"{"Sofa": "423"}"#.utf8))
    #expect(message(folder, text).contains("none of its 3 folders"))
  }

  @Test("ReaL: validation files have several right classes or none")
  func reassessed() throws {
    let folder = try TemporaryFolder()
    for number in 1...3 { try folder.add("val/ILSVRC2012_val_0000000\(number).JPEG") }
    // Of the first three files 65, 970 and 230 are ILSVRC2012's labels.
    var right = [[Int]](repeating: [], count: 50_000)
    (right[0], right[1]) = ([70, 65], [3])
    func write() throws {
      try folder.add("real.json", Array("\(right)".utf8))
    }
    try write()
    let text = "images: val\nlabels: real.json\n"
    let found = try set(folder, text)
    #expect(found.items.map(\.label) == [65, 3])
    #expect(found.items.map(\.alsoRight) == [[70], []])
    #expect(found.notes.contains("1 image left out for which no class is right"))
    right[1] = [1000]
    try write()
    #expect(message(folder, text).contains("label 1000 is outside"))
    right.removeLast()
    try write()
    #expect(message(folder, text).contains("49999 files"))
    try folder.add("real.json", Array(#"{"a": 1}"#.utf8))
    #expect(message(folder, text).contains("real.json: not the JSON"))
    #expect(message(folder, text + "folders: wnid\n").contains("labels says what is right"))
  }

  @Test("keys that exclude or need each other are an error")
  func contradictingKeys() throws {
    let folder = try TemporaryFolder()
    try folder.add("a/n01443537/x.jpg")
    #expect(message(folder, "images: a\nfolder_names: x.json\n").contains("needs class_names"))
    #expect(
      message(folder, "images: a\nfolders: wnid\nclass_names: x.json\n").contains("exclude"))
  }
}

@Suite("Sets of other classes than ImageNet's")
struct OtherClassesTests {
  private let folder: TemporaryFolder
  private let list: ClassList

  init() throws {
    folder = try TemporaryFolder()
    list = try ClassList(file: try folder.add("classes.txt", Array("cat\nblue whale\n7\n".utf8)))
  }

  private func open(_ name: String) throws -> LabelledDataset {
    try LabelledDataset(name: "set", path: "\(folder.path)/\(name)", classes: list)
  }

  @Test("class folders are named by them")
  func folders() throws {
    for name in ["a/cat/x.jpg", "a/blue whale/y.jpg", "a/7/z.jpg"] { try folder.add(name) }
    let set = try open("a")
    #expect(set.layout == "class-folders" && set.classList == list)
    #expect(
      Dictionary(uniqueKeysWithValues: set.items.map { ($0.name, $0.label) })
        == ["cat/x.jpg": 0, "blue whale/y.jpg": 1, "7/z.jpg": 2])
    try folder.add("a/dog/x.jpg")
    let error = #expect(throws: UserError.self) { try open("a") }
    #expect(error?.description.contains("a/dog: no class of \(folder.path)/classes.txt") == true)
    // Without the list it is no set, and with another one another set.
    #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: "\(folder.path)/a")
    }
  }

  @Test("labels.csv has their names or indices, of which names come first")
  func labels() throws {
    for name in ["b/x.jpg", "b/y.jpg", "b/z.jpg"] { try folder.add(name) }
    try folder.add("b/labels.csv", Array("file,label\nx.jpg,blue whale\ny.jpg,0\nz.jpg,7\n".utf8))
    #expect(try open("b").items.map(\.label) == [1, 0, 2])
    for (label, words) in [("3", "outside 0…2"), ("dog", "one of the names in")] {
      try folder.add("b/labels.csv", Array("file,label\nx.jpg,\(label)\n".utf8))
      let error = #expect(throws: UserError.self) { try open("b") }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("the list is part of what tells a set from others")
  func fingerprint() throws {
    try folder.add("c/x.jpg")
    try folder.add("c/labels.csv", Array("file,label\nx.jpg,0\n".utf8))
    let ours = try open("c")
    let imageNets = try LabelledDataset(name: "set", path: "\(folder.path)/c")
    #expect(ours.items.map(\.label) == imageNets.items.map(\.label))
    #expect(ours.fingerprint != imageNets.fingerprint)
  }

  @Test("ImageNet's own layouts are none of theirs")
  func imageNetsOwn() throws {
    try folder.add("d/ILSVRC2012_val_00000001.JPEG")
    let error = #expect(throws: UserError.self) { try open("d") }
    #expect(error?.description.contains("not a set of images labelled by the classes of") == true)
  }
}
