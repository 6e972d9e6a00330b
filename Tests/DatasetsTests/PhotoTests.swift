import Datasets
import Foundation
import Support
import Synchronization
import Testing

@Suite("Photos")
struct PhotoTests {
  @Test("A file has the orientation that it has in its set: as stored only in ImageNet's layouts")
  func orientations() throws {
    let folder = try TemporaryFolder()
    let photos: [(name: String, orientation: PhotoOrientation)] = [
      ("any/photo.jpg", .upright),
      ("any/n02108422_1.JPEG", .upright),
      ("classes/n02108422/a.JPEG", .asStored),
      ("classes/n02108422/deep/er/a.JPEG", .asStored),
      ("flat/ILSVRC2012_val_00000001.JPEG", .asStored),
      ("listed/ILSVRC2012_val_00000001.JPEG", .upright),
      ("listed/images/ILSVRC2012_val_00000002.JPEG", .upright),
      ("listed/n02108422/b.jpg", .upright),
    ]
    for (name, _) in photos { try folder.add(name) }
    try folder.add(
      "listed/labels.csv",
      Array(
        ("file,label\nILSVRC2012_val_00000001.JPEG,65\nILSVRC2012_val_00000002.JPEG,970\n"
          + "n02108422/b.jpg,243\n").utf8))
    for (name, orientation) in photos {
      #expect(Photo(path: "\(folder.path)/\(name)").orientation == orientation, "\(name)")
      #expect(Photo(path: "\(folder.path)/any/../\(name)").orientation == orientation, "\(name)")
    }
    for photo in try PhotoFolder(path: folder.path).photos {
      #expect(photo.orientation == photos.first { $0.name == photo.name }?.orientation)
    }
    // The sets themselves say the same.
    for name in ["classes", "flat", "listed"] {
      for item in try LabelledDataset(name: name, path: "\(folder.path)/\(name)").items {
        #expect(item.orientation == Photo(path: item.place).orientation, "\(item.place)")
      }
    }
  }

  @Test("A stream's photos come in order, each with its own error, whatever the threads")
  func stream() throws {
    let folder = try TemporaryFolder()
    let photo = PhotoBuilder.picture(width: 300, height: 260)
    for index in 0..<9 { try folder.add("\(index).jpg", PhotoBuilder.jpeg(photo)) }
    try folder.add("4.jpg", [1, 2, 3])
    let photos = try PhotoFolder(path: folder.path).photos
    for threads in [1, 4] {
      let stream = PhotoStream(photos, threads: threads, ahead: 5) { index, photo in
        guard index != 6 else { throw UserError("seven") }
        return "\(index) \(photo.image.width)"
      }
      let found = stream.map { ($0.photo.name, try? $0.result.get()) }
      #expect(found.map(\.0) == photos.map(\.name))
      #expect(found.indices.filter { found[$0].1 == nil } == [4, 6])
      #expect(found[5].1 == "5 300")
    }
  }

  @Test("Faults are named and counted once each, from any thread; with strict they are errors")
  func faults() throws {
    let reported = Mutex<[String]>([])
    let faults = PhotoFaults { photo in reported.withLock { $0.append(photo.name) } }
    let error = UserError("a.jpg: torn", remedy: "copy it")
    for _ in 0..<3 {
      try faults.leaveOut(LeftOutPhoto(name: "a.jpg", reason: "torn"), error)
      try faults.accept("early end", name: "b.jpg", place: "set/b.jpg")
      try faults.accept(nil, name: "c.jpg", place: "set/c.jpg")
    }
    #expect(reported.withLock { $0 } == ["a.jpg"])
    #expect(faults.leftOut == [LeftOutPhoto(name: "a.jpg", reason: "torn")])
    #expect(faults.damaged == [DamagedPhoto(name: "b.jpg", damage: "early end")])
    let taken = faults.take()
    #expect(taken.leftOut.count == 1 && taken.damaged.count == 1)
    try faults.accept("late", name: "d.jpg", place: "set/d.jpg")
    let later = faults.take()
    #expect(later.leftOut.isEmpty && later.damaged.map(\.name) == ["d.jpg"])
    let strict = PhotoFaults(isStrict: true)
    let bad = #expect(throws: UserError.self) {
      try strict.leaveOut(LeftOutPhoto(name: "a.jpg", reason: "torn"), error)
    }
    #expect(bad?.description == "a.jpg: torn; copy it, or drop --strict")
    let damaged = #expect(throws: UserError.self) {
      try strict.accept("early end", name: "b.jpg", place: "set/b.jpg")
    }
    #expect(
      damaged?.description
        == "set/b.jpg: damaged (early end); copy the file again, or drop --strict")
  }
}
