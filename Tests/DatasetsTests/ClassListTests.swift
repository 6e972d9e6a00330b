import Datasets
import Foundation
import Support
import Testing

@Suite("Class list and validation labels")
struct ClassListTests {
  @Test("Index, WordNet id and names belong together")
  func classes() throws {
    let classes = try ImageNetClasses.builtIn()
    #expect(classes.all.count == 1000)
    #expect(classes[243]?.wnid == "n02108422")
    #expect(
      classes[2]?.synonyms == [
        "great white shark", "white shark", "man-eater", "man-eating shark",
        "Carcharodon carcharias",
      ])
    #expect(classes.index(wnid: "n15075141") == 999)
    #expect(classes.all.map(\.wnid) == classes.all.map(\.wnid).sorted())
    #expect(classes.all.allSatisfy { classes.index(wnid: $0.wnid) == $0.index })
    #expect(classes.index(wnid: "n00000000") == nil)
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
