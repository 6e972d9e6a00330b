import Datasets
import Foundation
import Support
import Testing

@Suite("Folders with labels.csv")
struct LabelledFolderTests {
  private func folder(_ csv: String, files: [String] = ["a.jpg", "b.jpg"]) throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    try folder.add("labels.csv", csv.utf8)
    for file in files { try folder.add(file, file.utf8) }
    return folder
  }

  private func labels(_ csv: String) throws -> [String: Int] {
    let folder = try folder(csv)
    let set = try LabelledDataset(name: "set", path: folder.path)
    #expect(set.layout == "labelled-folder")
    return Dictionary(uniqueKeysWithValues: set.items.map { ($0.name, $0.label) })
  }

  @Test(
    "Labels are indices, WordNet ids or names of validation files",
    arguments: [
      "file,label\na.jpg,243\nb.jpg,0\n",
      "file,label\na.jpg,n02108422\nb.jpg,n01440764\n",
      "file,index,wnid,name\na.jpg,243,x,\"Bullmastiff, dog\"\nb.jpg,0,y,z\n",
      "wnid,name,file\nn02108422,c,a.jpg\nn01440764,d,b.jpg\n",
      "File, Label\r\n./b.jpg , 0\r\na.jpg,243",
      "a.jpg,243\nb.jpg,0\n",
    ])
  func forms(csv: String) throws {
    #expect(try labels(csv) == ["a.jpg": 243, "b.jpg": 0])
  }

  @Test(
    "A set is simulated when its manifest.json says so, and only then",
    arguments: [
      (nil, false), ("{\"simulated\": true, \"prints\": [1]}", true),
      ("{\"simulated\": false}", false),
      ("{\"simulated\": \"yes\"}", false), ("[]", false), ("", false),
      ("{\"inner\": {\"simulated\": true}}", false),
    ] as [(String?, Bool)])
  func simulated(manifest: String?, isSimulated: Bool) throws {
    let folder = try folder("a.jpg,243\nb.jpg,0\n")
    if let manifest { try folder.add("manifest.json", manifest.utf8) }
    let set = try LabelledDataset(name: "set", path: folder.path)
    #expect(set.isSimulated == isSimulated && set.items.count == 2)
    #expect(set.limited(to: 1, seed: 0).isSimulated == isSimulated)
  }

  @Test("The name of a validation file stands for its class")
  func validationNames() throws {
    let csv = "file,label\na.jpg,ILSVRC2012_val_00000001.JPEG\nb.jpg,ILSVRC2012_val_00000002\n"
    #expect(try labels(csv) == ["a.jpg": 65, "b.jpg": 970])
  }

  @Test("The column label counts before index and wnid")
  func columnOrder() throws {
    #expect(try labels("file,index,label\na.jpg,1,2\nb.jpg,3,4\n") == ["a.jpg": 2, "b.jpg": 4])
  }

  @Test("Files may lie in folders below, or in images/ beside labels.csv")
  func places() throws {
    let folder = try folder("file,label\nx/c.jpg,1\na.jpg,2\n", files: ["x/c.jpg", "images/a.jpg"])
    let set = try LabelledDataset(name: "set", path: folder.path + "/")
    #expect(set.items.map(\.name) == ["a.jpg", "x/c.jpg"])
    #expect(try set.items[0].bytes() == Array("images/a.jpg".utf8))
    #expect(set.honoursOrientation)
  }

  @Test(
    "What is wrong is named with file and line",
    arguments: [
      ("file,label\na.jpg,1000\n", "labels.csv, line 2: label 1000 is outside 0…999"),
      ("file,label\na.jpg,-1\n", "labels.csv, line 2: label -1 is outside"),
      ("file,label\na.jpg,n99999999\n", "WordNet id n99999999"),
      ("file,label\na.jpg,dog\n", "labels.csv, line 2: \"dog\" is no label"),
      ("file,label\na.jpg,\n", "labels.csv, line 2: \"\" is no label"),
      ("file,label\na.jpg,1\n\nlost.jpg,1\n", "labels.csv, line 4: lost.jpg is listed but not"),
      ("file,label\na.jpg,1\na.jpg,1\n", "a.jpg is there twice"),
      ("file,label\na.jpg,1\n./a.jpg,2\n", "a.jpg is there twice"),
      ("file,label\na.jpg\n", "labels.csv, line 2: 1 of the 2 columns"),
      ("file,label\n,1\n", "labels.csv, line 2: the name of the file is missing"),
      ("file,class\na.jpg,1\n", "no column called label, index or wnid"),
      ("photo,label\na.jpg,1\n", "no column called file"),
      ("file,label\n", "no images"),
      ("", "labels.csv: the file is empty"),
      ("file,label\n\"a.jpg,1\n", "labels.csv, line 2: a quote is never closed"),
    ])
  func errors(csv: String, part: String) throws {
    let folder = try folder(csv)
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(folder.path) == true)
  }
}
