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
      ("{\"simulated\": false}", false), ("[]", false), ("{\"files\": [1]}", false),
      ("{\"inner\": {\"simulated\": true}}", false),
    ] as [(String?, Bool)])
  func simulated(manifest: String?, isSimulated: Bool) throws {
    let folder = try folder("a.jpg,243\nb.jpg,0\n")
    if let manifest { try folder.add("manifest.json", manifest.utf8) }
    let set = try LabelledDataset(name: "set", path: folder.path)
    #expect(set.isSimulated == isSimulated && set.items.count == 2)
    #expect(set.limited(to: 1, seed: 0).isSimulated == isSimulated)
  }

  @Test(
    "A manifest.json that cannot be read is an error, not a set of photographs",
    arguments: [
      "", "{\"simulated\": tr", "{\"simulated\": \"yes\"}", "{\"simulated\": true, \"files\": 3}",
      "version https://git-lfs.github.com/spec/v1\n",
    ])
  func damagedManifest(manifest: String) throws {
    let folder = try folder("a.jpg,243\nb.jpg,0\n")
    try folder.add("manifest.json", manifest.utf8)
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    #expect(error?.description.hasPrefix("\(folder.path)/manifest.json: ") == true)
  }

  @Test("A manifest that cannot be opened is an error")
  func unreadableManifest() throws {
    let folder = try folder("a.jpg,243\nb.jpg,0\n")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/manifest.json", withDestinationPath: "/nonexistent")
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    #expect(error?.description.hasPrefix("\(folder.path)/manifest.json: ") == true)
  }

  @Test("Images that manifest.json and labels.csv do not share are noted")
  func manifestOfOthers() throws {
    let folder = try folder("a.jpg,243\nb.jpg,0\n")
    for (files, note) in [
      ("{\"a.jpg\": {}, \"b.jpg\": {}}", nil),
      ("{\"a.jpg\": {}}", "1 image in the former, 2 in the latter; e.g. b.jpg is in only one"),
      ("{\"a.jpg\": {}, \"b.jpg\": {}, \"c.jpg\": {}}", "3 images in the former, 2 in the latter"),
    ] as [(String, String?)] {
      try folder.add("manifest.json", "{\"simulated\": true, \"files\": \(files)}".utf8)
      let notes = try LabelledDataset(name: "set", path: folder.path).notes
      #expect(notes.count == (note == nil ? 0 : 1))
      if let note { #expect(notes.first?.contains(note) == true, "\(notes)") }
    }
  }

  @Test("The name of a validation file stands for its class")
  func validationNames() throws {
    let csv = "file,label\na.jpg,ILSVRC2012_val_00000001.JPEG\nb.jpg,ILSVRC2012_val_00000002\n"
    #expect(try labels(csv) == ["a.jpg": 65, "b.jpg": 970])
  }

  @Test(
    "Columns that say the same agree",
    arguments: [
      "file,index,label\na.jpg,243,n02108422\nb.jpg,0,n01440764\n",
      "file,label,wnid,synset\na.jpg,243,n02108422,\nb.jpg,0,,n01440764\n",
      "file,index,name\na.jpg,243,bull_mastiff\nb.jpg,0,\"tench, Tinca tinca\"\n",
      "file,index,class\na.jpg,243,7\nb.jpg,0,somebody's own word\n",
      "index,file,label\nx1,a.jpg,243\nx2,b.jpg,0\n",
    ])
  func agreeing(csv: String) throws {
    let folder = try folder(csv)
    let set = try LabelledDataset(name: "set", path: folder.path)
    #expect(set.items.map(\.label) == [243, 0] && set.notes == [])
  }

  @Test(
    "Columns that contradict each other are an error that names the line and both",
    arguments: [
      // What pandas' reset_index writes.
      (
        "index,file,wnid\n0,a.jpg,n02108422\n1,b.jpg,n01440764\n",
        ["index 0 (n01440764, tench)", "wnid 243 (n02108422, Bullmastiff)", "line 2"]
      ),
      ("file,index,label\na.jpg,1,1\nb.jpg,3,4\n", ["line 3", "label 4", "index 3"]),
      ("file,label,index\na.jpg,1,1\nb.jpg,3,1000\n", ["line 3", "1000, which is not a class"]),
      ("file,label,label\na.jpg,1,1\nb.jpg,3,4\n", ["line 3", "label 3", "label 4"]),
      ("file,label,class_index\na.jpg,1,2\n", ["line 2", "class_index 2"]),
      ("file,label,wnid\na.jpg,1,n99999999\n", ["line 2", "n99999999, which is not a class"]),
      ("file,label,synset\na.jpg,1,n01440764\n", ["line 2", "synset 0 (n01440764, tench)"]),
      (
        "file,label,wnid\na.jpg,ILSVRC2012_val_00000001.JPEG,n01440764\n",
        ["label 65", "wnid 0"]
      ),
    ])
  func contradicting(csv: String, words: [String]) throws {
    let folder = try folder(csv)
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    for word in words + ["\(folder.path)/labels.csv", "contradict"] {
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
  }

  @Test("A class's name that is another's is noted; where most are, the labels are wrong")
  func names() throws {
    let few = try folder(
      "file,index,name\na.jpg,243,Bullmastiff\nb.jpg,0,tench\nc.jpg,1,crane\n",
      files: ["a.jpg", "b.jpg", "c.jpg"])
    let note = try #require(try LabelledDataset(name: "set", path: few.path).notes.first)
    #expect(note.contains("contradict each other for 1 of 3 photos"))
    #expect(note.contains("line 4") && note.contains("1 (n01443537, goldfish)"), "\(note)")
    // Labels that count from 1.
    let most = try folder("file,index,name\na.jpg,244,Bullmastiff\nb.jpg,1,tench\n")
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: most.path)
    }
    #expect(error?.description.contains("contradict each other for 2 of 2 photos") == true)
  }

  @Test("A label against what the file's name says of its class")
  func fileNames() throws {
    func set(_ rows: [(String, Int)]) throws -> TemporaryFolder {
      try folder(
        "file,label\n" + rows.map { "\($0.0),\($0.1)\n" }.joined(), files: rows.map(\.0))
    }
    let sound = [
      ("ILSVRC2012_val_00000001.JPEG", 65), ("ILSVRC2012_val_00000003_n02105855.JPEG", 230),
      ("n02105855_2933.JPEG", 230), ("n01440764/a.jpg", 0), ("n99999999_1.JPEG", 7),
      ("print-n01440764-1.jpg", 0),
    ]
    let good = try set(sound)
    #expect(try LabelledDataset(name: "set", path: good.path).notes == [])
    let one = try set(sound + [("ILSVRC2012_val_00000002.JPEG", 5)])
    let note = try #require(try LabelledDataset(name: "set", path: one.path).notes.first)
    #expect(note.contains("contradict each other for 1 of 6 photos"))
    #expect(note.contains("line 8: ILSVRC2012_val_00000002.JPEG has the label 5"), "\(note)")
    for rows in [
      [("ILSVRC2012_val_00000001.JPEG", 490), ("ILSVRC2012_val_00000002.JPEG", 361)],
      [("n02105855_2933.JPEG", 231)], [("n01440764/n02105855_2933.JPEG", 0)],
    ] {
      let folder = try set(rows)
      let error = #expect(throws: UserError.self) {
        try LabelledDataset(name: "set", path: folder.path)
      }
      #expect(error?.description.contains("contradict") == true, "\(error?.description ?? "")")
    }
  }

  @Test("Photos beside those in the list that it does not have are noted")
  func unlisted() throws {
    let folder = try folder(
      "file,label\na.jpg,1\nx/b.jpg,2\n",
      files: ["a.jpg", "x/b.jpg", "x/c.PNG", "d.jpeg", "notes.txt", "elsewhere/e.jpg"])
    let notes = try LabelledDataset(name: "set", path: folder.path).notes
    #expect(notes == ["2 photos left out: not in labels.csv, e.g. d.jpeg"])
  }

  @Test("A list by itself names files beside it and anywhere; others are none of its business")
  func listAlone() throws {
    let folder = try folder("file,label\na.jpg,1\n", files: ["a.jpg", "x/b.jpg", "c.jpg"])
    let list = "\(folder.path)/chosen.csv"
    try "file,label\nx/b.jpg,5\n\(folder.path)/c.jpg,7\n".write(
      toFile: list, atomically: true, encoding: .utf8)
    let set = try LabelledDataset(name: "set", path: list)
    #expect(set.layout == "labelled-folder")
    #expect(set.items.map(\.name) == ["\(folder.path)/c.jpg", "x/b.jpg"])
    #expect(set.items.map(\.label) == [7, 5])
    #expect(set.notes == [])
    #expect(try set.items[1].photo.bytes() == Array("x/b.jpg".utf8))
    try "file,label\nx/none.jpg,5\n".write(toFile: list, atomically: true, encoding: .utf8)
    let error = #expect(throws: UserError.self) { try LabelledDataset(name: "set", path: list) }
    let text = try #require(error?.description)
    #expect(text.contains("chosen.csv, line 2: x/none.jpg") && text.contains("beside chosen.csv"))
  }

  @Test("Semicolons, tabs, quotes, CRLF and a byte order mark are read")
  func dialects() throws {
    for csv in [
      "\u{FEFF}file;label\r\na.jpg;243\r\nb.jpg;0\r\n", "\"file\"\t\"label\"\na.jpg\t243\nb.jpg\t0",
      "sep=;\nfile;label\na.jpg;243\nb.jpg;0\n", "a.jpg;243\nb.jpg;0\n",
    ] {
      #expect(try labels(csv) == ["a.jpg": 243, "b.jpg": 0])
    }
  }

  @Test("The column label counts before index and wnid, which may be of no form")
  func columnOrder() throws {
    #expect(try labels("file,index,label\na.jpg,x,2\nb.jpg,,4\n") == ["a.jpg": 2, "b.jpg": 4])
  }

  @Test("Files may lie in folders below, or in images/ beside labels.csv")
  func places() throws {
    let folder = try folder("file,label\nx/c.jpg,1\na.jpg,2\n", files: ["x/c.jpg", "images/a.jpg"])
    let set = try LabelledDataset(name: "set", path: folder.path + "/")
    #expect(set.items.map(\.name) == ["a.jpg", "x/c.jpg"])
    #expect(try set.items[0].photo.bytes() == Array("images/a.jpg".utf8))
    #expect(set.items.allSatisfy { $0.orientation == .upright })
  }

  @Test(
    "What is wrong is named with file and line",
    arguments: [
      ("file,label\na.jpg,1000\n", "labels.csv, line 2: label 1000 is outside 0…999"),
      ("file,label\na.jpg,-1\n", "labels.csv, line 2: label -1 is outside"),
      ("file,label\na.jpg,n99999999\n", "WordNet id n99999999"),
      ("file,label\na.jpg,dog\n", "labels.csv, line 2: \"dog\" is not a label"),
      ("file,label\na.jpg,\n", "labels.csv, line 2: \"\" is not a label"),
      ("file,label\na.jpg,1\n\nlost.jpg,1\n", "labels.csv, line 4: lost.jpg is listed but missing"),
      ("file,label\na.jpg,1\na.jpg,1\n", "line 3: a.jpg appears twice, first on line 2;"),
      (
        "file,label\na.jpg,1\n./a.jpg,2\n",
        "first on line 2, with the label 1 there and the contradicting label 2 here"
      ),
      ("file,label\na.jpg,1\nx/../a.jpg,2\n", "x/../a.jpg is the same file as a.jpg on line 2"),
      ("file,file,label\na.jpg,b.jpg,1\n", "two columns called file"),
      ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
      ("<!doctype html><title>404</title>", "a web page"),
      ("f\0i\0l\0e\0,\0", "UTF-16"),
      ("file,label\na.jpg\n", "labels.csv, line 2: 1 of the 2 columns"),
      ("file,label\n,1\n", "labels.csv, line 2: the name of the file is missing"),
      ("file,class\na.jpg,1\n", "no column called label, index or wnid"),
      ("photo,label\na.jpg,1\n", "no column called file"),
      ("file,label\n", "no images"),
      ("", "labels.csv: the file is empty"),
      ("file,label\n\"a.jpg,1\n", "labels.csv, line 2: a quote is never closed"),
    ])
  func errors(csv: String, part: String) throws {
    let folder = try folder(csv, files: ["a.jpg", "b.jpg", "x/c.jpg"])
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(folder.path) == true)
  }
}
