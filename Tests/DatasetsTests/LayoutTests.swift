import Datasets
import Foundation
import Support
import Testing

@Suite("Layouts of ImageNet")
struct LayoutTests {
  private let validation = [
    (name: "ILSVRC2012_val_00000001.JPEG", label: 65, wnid: "n01751748"),
    (name: "ILSVRC2012_val_00000002.JPEG", label: 970, wnid: "n09193705"),
    (name: "ILSVRC2012_val_00000003.JPEG", label: 230, wnid: "n02105855"),
  ]

  private func open(_ folder: TemporaryFolder, _ below: String = "") throws -> LabelledDataset {
    try LabelledDataset(name: "set", path: folder.path + below)
  }

  private func message(_ folder: TemporaryFolder, _ below: String = "") -> String {
    let error = #expect(throws: UserError.self) { try open(folder, below) }
    return error?.description ?? ""
  }

  @Test("The same files give the same set, draws and fingerprint in each of ImageNet's layouts")
  func sameInEveryLayout() throws {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    for file in validation.reversed() {
      let bytes = Array(file.name.utf8)
      try folder.add("flat/\(file.name)", bytes)
      try folder.add("classes/\(file.wnid)/\(file.name)", bytes)
      tar.add(file.name, bytes)
    }
    tar.end()
    try folder.add("ILSVRC2012_img_val.tar", tar.bytes)
    let sets = try ["/flat", "/classes", "/ILSVRC2012_img_val.tar"].map { try open(folder, $0) }
    #expect(
      sets.map(\.layout) == ["validation-folder", "class-folders", "validation-archive"])
    for set in sets {
      #expect(set.items.map(\.name) == validation.map(\.name))
      #expect(set.items.map(\.label) == validation.map(\.label))
      #expect(try set.items.map { try $0.photo.bytes() } == validation.map { Array($0.name.utf8) })
      #expect(set.fingerprint == sets[0].fingerprint)
      #expect(set.items.allSatisfy { $0.orientation == .asStored })
    }
    #expect(sets[0].notes == ["3 of the 50000 validation images are present"])
  }

  @Test("Class folders take .jpg, .jpeg, .JPEG, .png and .ppm at any depth, sorted by name")
  func classFolders() throws {
    let folder = try TemporaryFolder()
    for name in ["n01443537/b.JPG", "n01440764/z.jpeg", "n01440764/sub/a.JPEG", "n01440764/.x.jpg"]
    {
      try folder.add(name)
    }
    try folder.add("n01443537/c.png")
    try folder.add("n01443537/d.PPM")
    try folder.add("n01440764/notes.txt")
    try folder.add("README")
    let set = try open(folder)
    #expect(
      set.items.map(\.name) == [
        "n01440764/sub/a.JPEG", "n01440764/z.jpeg", "n01443537/b.JPG", "n01443537/c.png",
        "n01443537/d.PPM",
      ])
    #expect(set.items.map(\.label) == [0, 0, 1, 1, 1])
    #expect(
      set.notes == [
        "2 files left out: not named .jpg, .jpeg, .png, .webp, .ppm (1 .txt, 1 no ending)",
        "1 hidden photo left out, e.g. .x.jpg",
      ])
  }

  @Test("A class folder of no ImageNet class is named in the error")
  func unknownClassFolder() throws {
    let folder = try TemporaryFolder()
    try folder.add("n01440764/a.JPEG")
    try folder.add("n99999999/a.JPEG")
    #expect(message(folder).contains("\(folder.path)/n99999999: no class"))
  }

  @Test("A file in another class's folder than its name says keeps the folder's, with a note")
  func misplacedFiles() throws {
    let folder = try TemporaryFolder()
    try folder.add("n01440764/\(validation[0].name)")
    try folder.add("n02105855/\(validation[2].name)")
    try folder.add("n02105855/n02105855_2933.JPEG")
    let set = try open(folder)
    #expect(set.items.map(\.label) == [0, 230, 230])
    let note = try #require(set.notes.first)
    #expect(note.contains("contradict each other for 1 of 3 photos") && set.notes.count == 1)
    #expect(note.contains("n01440764/ILSVRC2012_val_00000001.JPEG: the folder is class 0"))
  }

  @Test("Folders in which most files are of another class by their names are an error")
  func wrongFolders() throws {
    for name in [validation[0].name, "n02105855_2933.JPEG"] {
      let folder = try TemporaryFolder()
      try folder.add("n01440764/\(name)")
      #expect(message(folder).contains("contradict each other for 1 of 1 photo,"))
    }
  }

  @Test("A link to a folder above, or to another class's folder, is named and not followed")
  func linkedParent() throws {
    let folder = try TemporaryFolder()
    try folder.add("set/n01440764/a.jpg")
    try folder.add("set/n01443537/b.jpg")
    try folder.add("set/n01443537/deep/c.jpg")
    try folder.add("elsewhere/sub/d.jpg")
    for (name, target) in [
      ("n01440764/parent", ".."), ("n01440764/above", "\(folder.path)"),
      ("n01440764/other", "../n01443537"), ("n01440764/below", "../n01443537/deep"),
      ("n01443537/more", "../../elsewhere"), ("n01443537/twice", "../../elsewhere"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/set/\(name)", withDestinationPath: target)
    }
    let set = try open(folder, "/set")
    #expect(
      set.items.map(\.name) == [
        "n01440764/a.jpg", "n01443537/b.jpg", "n01443537/deep/c.jpg", "n01443537/more/sub/d.jpg",
      ])
    #expect(set.items.map(\.label) == [0, 1, 1, 1])
    #expect(set.notes.count == 5)
    for name in ["parent", "above", "other", "below", "twice"] {
      #expect(set.notes.contains { $0.contains("linked folder left out") && $0.contains(name) })
    }
  }

  @Test("Folders of two classes that are one folder, or link to one, are an error")
  func oneFolderTwoClasses() throws {
    let folder = try TemporaryFolder()
    try folder.add("same/n01440764/a.jpg")
    try folder.add("linked/n01440764/a.jpg")
    try folder.add("linked/n01443537/b.jpg")
    try folder.add("more/c.jpg")
    for (name, target) in [
      ("same/n01443537", "n01440764"), ("linked/n01440764/more", "../../more"),
      ("linked/n01443537/more", "../../more"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: target)
    }
    #expect(message(folder, "/same").contains("n01443537: the same folder as"))
    #expect(message(folder, "/linked").contains("n01443537/more: leads to the same folder as"))
  }

  @Test("Links to one photo from two classes are noted")
  func onePhotoTwoClasses() throws {
    let folder = try TemporaryFolder()
    let path = try folder.add("n01440764/a.jpg")
    try folder.add("n01443537/b.jpg")
    try FileManager.default.linkItem(atPath: path, toPath: "\(folder.path)/n01443537/c.jpg")
    let notes = try open(folder).notes
    #expect(notes.count == 1)
    #expect(notes[0].contains("contradict each other: 1 image linked to the file of another"))
    #expect(notes[0].contains("n01440764/a.jpg (0) and n01443537/c.jpg (1)"))
  }

  @Test(
    "Folders named by numbers are refused with the reason: torchvision sorts them as text")
  func numberedFolders() throws {
    let folder = try TemporaryFolder()
    for name in ["0", "1", "10"] { try folder.add("\(name)/a.jpg") }
    #expect(message(folder).contains("not a set of labelled images (its folders are named by numb"))
  }

  @Test("A file that is not a set is called by what it is")
  func foreignFile() throws {
    let folder = try TemporaryFolder()
    try folder.add("val.tar.gz", [0x1F, 0x8B, 8, 0])
    #expect(message(folder, "/val.tar.gz").contains("but compressed with gzip"))
    try folder.add("val.tar", Array("version https://git-lfs.github.com/spec/v1\n".utf8))
    #expect(message(folder, "/val.tar").contains("git lfs pull"))
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    #expect(message(folder, "/pipe").contains("neither a file nor a folder"))
  }

  @Test("What the flat folder holds besides is noted")
  func besidesValidationFiles() throws {
    let folder = try TemporaryFolder()
    for name in [validation[0].name, "x.jpg", "deep/y.jpg", ".z.jpg"] { try folder.add(name) }
    #expect(
      try open(folder).notes == [
        "1 file left out: not validation images, e.g. x.jpg",
        "1 of the 50000 validation images are present", "1 folder left out, e.g. deep",
        "1 hidden photo left out, e.g. .z.jpg",
      ])
  }

  @Test("A validation file that appears twice is an error, however it is spelled")
  func validationFileTwice() throws {
    let folder = try TemporaryFolder()
    try folder.add("ILSVRC2012_val_00000001.JPEG")
    try folder.add("ILSVRC2012_val_00000001.jpg")
    #expect(message(folder).contains("ILSVRC2012_val_00000001.JPEG appears twice"))
  }

  @Test("Class folders without images are an error")
  func noImages() throws {
    let folder = try TemporaryFolder()
    try folder.add("n01440764/readme.txt")
    #expect(message(folder).contains("no images"))
  }

  @Test("A path with no known layout lists the four that are understood")
  func unknownLayout() throws {
    let folder = try TemporaryFolder()
    try folder.add("holiday.jpg")
    for text in [message(folder), message(folder, "/holiday.jpg")] {
      for known in ["n01440764/*.JPEG", "ILSVRC2012_val_", "ILSVRC2012_img_val.tar", "labels.csv"] {
        #expect(text.contains(known))
      }
    }
    #expect(message(folder, "/absent").contains("no such file or folder"))
  }

  @Test("An item whose file has gone since is an error that names it")
  func vanishedFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.add(validation[0].name)
    let set = try open(folder)
    try FileManager.default.removeItem(atPath: path)
    let error = #expect(throws: UserError.self) { try set.items[0].photo.bytes() }
    #expect(error?.description.contains(path) == true)
  }

  @Test("Broken links and named pipes stay in the set and fail by name when they are read")
  func unreadableEntries() throws {
    let folder = try TemporaryFolder()
    try folder.add(validation[0].name)
    let link = "\(folder.path)/\(validation[1].name)"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nonexistent")
    let pipe = "\(folder.path)/\(validation[2].name)"
    #expect(mkfifo(pipe, 0o600) == 0)
    let items = try open(folder).items
    #expect(items.map(\.name) == validation.map(\.name))
    for (item, path) in zip(items.dropFirst(), [link, pipe]) {
      let error = #expect(throws: UserError.self) { try item.photo.bytes() }
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test("--data splits at the first equals sign and needs both parts")
  func option() throws {
    let (name, path) = try LabelledDataset.parse(option: "val=/a=b/c")
    #expect(name == "val" && path == "/a=b/c")
    for text in ["val", "=x", "val=", ""] {
      #expect(throws: UserError.self) { try LabelledDataset.parse(option: text) }
    }
  }
}
