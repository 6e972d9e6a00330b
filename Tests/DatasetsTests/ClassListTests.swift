import Datasets
import Foundation
import Support
import Testing

@Suite("Class list and validation labels")
struct ClassListTests {
  @Test("Index, WordNet id and names belong together")
  func classes() throws {
    let classes = try ClassList.imageNet()
    #expect(classes.all.count == 1000 && classes.isImageNet)
    #expect(classes[243]?.id == "n02108422")
    #expect(
      classes[2]?.synonyms == [
        "great white shark", "white shark", "man-eater", "man-eating shark",
        "Carcharodon carcharias",
      ])
    #expect(classes.index(id: "n15075141") == 999)
    #expect(classes.ids == classes.ids.sorted())
    #expect(classes.all.allSatisfy { classes.index(id: $0.id) == $0.index })
    #expect(classes.index(id: "n00000000") == nil)
    #expect(classes[-1] == nil && classes[1000] == nil)
  }

  @Test("Each class has 50 validation files, and names lead to labels")
  func labels() throws {
    let labels = try ValidationLabels.builtIn()
    var counts = [Int](repeating: 0, count: 1000)
    for number in 1...50_000 { counts[try #require(labels.label(number: number))] += 1 }
    #expect(counts.allSatisfy { $0 == 50 })
    #expect(labels.label(file: "ILSVRC2012_val_00000001.JPEG") == 65)
    #expect(labels.label(file: "ILSVRC2012_val_00000002") == 970)
    #expect(labels.label(file: "some/folder/ILSVRC2012_val_00000003.jpg") == 230)
  }

  @Test(
    "Other names have no label",
    arguments: [
      "ILSVRC2012_val_00000000.JPEG", "ILSVRC2012_val_00050001.JPEG", "ILSVRC2012_val_1.JPEG",
      "ILSVRC2012_val_+0000001.JPEG", "ILSVRC2012_test_00000001.JPEG", "",
      "ILSVRC2012_val_00000001.JPEG.txt", "ILSVRC2012_val_٠٠٠٠٠٠٠١.JPEG",
    ])
  func otherNames(name: String) throws {
    #expect(try ValidationLabels.builtIn().label(file: name) == nil)
  }

  @Test(
    "A list of classes is a class on each line, or JSON in the forms that people have",
    arguments: [
      "cat\nn02108422\nblue whale\n", "\r\n cat \r\nn02108422\r\nblue whale",
      #"["cat", "n02108422", "blue whale"]"#,
      #"{"blue whale": 2, "cat": 0, "n02108422": 1}"#,
      #"{"2": "blue whale", "0": "cat", "1": "n02108422"}"#,
      #"{"model_type": "resnet", "id2label": {"0": "cat", "1": "n02108422", "2": "blue whale"}}"#,
      #"{"epoch": 3, "class_to_idx": {"blue whale": 2, "cat": 0, "n02108422": 1}}"#,
    ])
  func lists(text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.add("c", Array(text.utf8))
    let list = try ClassList(file: path)
    #expect(list.ids == ["cat", "n02108422", "blue whale"] && !list.isImageNet)
    #expect(list[1]?.name == "bullmastiff" || list[1]?.name == "Bullmastiff")
    #expect(list.index(id: "blue whale") == 2 && list.index(id: "dog") == nil)
    #expect(list.digest == FileDigest.sha256(Array("cat\nn02108422\nblue whale\n".utf8)))
  }

  @Test("ImageNet's classes in a file are ImageNet's")
  func sameClasses() throws {
    let folder = try TemporaryFolder()
    let ids = try ClassList.imageNet().ids
    let same = try folder.add("same", Array(ids.joined(separator: "\n").utf8))
    #expect(try ClassList(file: same).isImageNet)
    let other = try folder.add("other", Array(ids.reversed().joined(separator: "\n").utf8))
    #expect(try !ClassList(file: other).isImageNet)
  }

  @Test(
    "What is no list is one line that names the file",
    arguments: [
      ("", "names no class"), ("\n\n", "names no class"),
      ("a\nb\na\n", "classes 0 and 2 are both called a"),
      (#"{"a": 0, "b": 2}"#, "no class has the index 1"),
      (#"{"a": 0, "b": 0}"#, "two classes have the index 0"),
      (#"{"x": "a"}"#, "\"x\" is not the index"), (#"{"a": [1]}"#, "no list of classes"),
      ("[1, 2]", "no list of classes"), ("[\"a\"", "no list of classes"),
    ])
  func noLists(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.add("c", Array(text.utf8))
    let error = #expect(throws: UserError.self) { try ClassList(file: path) }
    let message = error?.description ?? ""
    #expect(message.contains(words) && message.contains(path), "\(message)")
    let missing = #expect(throws: UserError.self) { try ClassList(file: "\(path)x") }
    #expect(missing?.description.contains("\(path)x") == true)
    let bytes = try folder.add("b", [0xFF, 0xFE, 0x41])
    #expect(throws: UserError.self) { try ClassList(file: bytes) }
  }

  @Test("A program without its resource folder says which folder is missing")
  func missingResources() {
    let nowhere = [URL(fileURLWithPath: "/nonexistent")]
    let error = #expect(throws: UserError.self) {
      try ResourceFolder.datasets.read("classes.csv", searching: nowhere)
    }
    #expect(error?.description.contains("realitygap_Datasets.resources") == true)
    #expect(throws: Never.self) { try ResourceFolder.datasets.read("classes.csv") }
  }
}
