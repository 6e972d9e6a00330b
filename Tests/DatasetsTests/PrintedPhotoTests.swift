import Datasets
import Foundation
import Imaging
import Support
import Testing

@Suite("Printed photographs")
struct PrintedPhotoTests {
  private func set(_ csv: String, photos: [String: [UInt8]]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.add("labels.csv", csv.utf8)
    for (name, bytes) in photos { try folder.add(name, bytes) }
    return folder
  }

  private func centers(_ folder: TemporaryFolder) throws -> [RGBImage] {
    let set = try LabelledDataset(name: "prints", path: folder.path)
    return try set.items.map { try $0.photo.decoded().center256 }
  }

  @Test("A photo in all 8 EXIF orientations gives the same pixels 8 times")
  func orientations() throws {
    let upright = PhotoBuilder.picture(width: 423, height: 317)
    for orientation in 1...8 {
      let stored = PhotoBuilder.stored(upright, orientation: orientation)
      #expect(stored.oriented(orientation) == upright)
      let bytes = try PhotoBuilder.jpeg(stored, orientation: orientation)
      #expect(JPEG.orientation(bytes) == orientation)
      let plain = try JPEG.decode(bytes, name: "p").image.oriented(orientation)
      #expect(try JPEG.decode(bytes, name: "p", orientation: orientation).image == plain)
    }
    // Blocks of one colour survive JPEG in every orientation alike.
    var blocks = RGBImage(width: 320, height: 400)
    for index in blocks.pixels.indices {
      let (x, y) = (index / 3 % 320 / 8, index / 960 / 8)
      blocks.pixels[index] = UInt8((x * 37 + y * 101 + index % 3 * 60) % 256)
    }
    var photos: [String: [UInt8]] = [:]
    for orientation in 1...8 {
      photos["\(orientation).jpg"] = try PhotoBuilder.jpeg(
        PhotoBuilder.stored(blocks, orientation: orientation), orientation: orientation)
    }
    let lines = photos.keys.sorted().map { "\($0),7\n" }.joined()
    let centers = try centers(set("file,label\n" + lines, photos: photos))
    #expect(centers.count == 8)
    for center in centers { #expect(center == centers[0]) }
  }

  @Test("A box is cut out of the upright photo, whatever its orientation")
  func box() throws {
    let picture = PhotoBuilder.picture(width: 400, height: 300)
    for orientation in [1, 3, 6] {
      let stored = PhotoBuilder.stored(picture, orientation: orientation)
      let bytes = try PhotoBuilder.jpeg(stored, orientation: orientation)
      let folder = try set(
        "file,label,left,top,right,bottom\na.jpg,1,50,20,390,299.6\n", photos: ["a.jpg": bytes])
      let upright = try JPEG.decode(bytes, name: "a").image.oriented(orientation)
      let cut = upright.crop(left: 50, top: 20, width: 340, height: 280)
      #expect(try centers(folder) == [CanonicalTransform.center256(cut)])
    }
  }

  @Test("Corners become a rectangle: a print photographed askew is seen from straight above")
  func corners() throws {
    let print = PhotoBuilder.picture(width: 767, height: 599)
    let corners = [
      Homography.Point(120, 90), .init(820, 60), .init(900, 700), .init(70, 640),
    ]
    let map = try #require(Homography(unitSquareTo: corners)).inverse
    var photo = RGBImage(width: 1000, height: 760, filledWith: 30)
    for y in 0..<760 {
      for x in 0..<1000 {
        let p = map(.init(Double(x) + 0.5, Double(y) + 0.5))
        guard (0..<1).contains(p.x), (0..<1).contains(p.y) else { continue }
        let from = (Int(p.y * 599) * 767 + Int(p.x * 767)) * 3
        for c in 0..<3 { photo.pixels[(y * 1000 + x) * 3 + c] = print.pixels[from + c] }
      }
    }
    let bytes = try PhotoBuilder.jpeg(photo)
    let numbers = corners.map { "\($0.x),\($0.y)" }.joined(separator: ",")
    let folder = try set(
      "file,label,x1,y1,x2,y2,x3,y3,x4,y4\na.jpg,1,\(numbers)\nb.jpg,1\n",
      photos: ["a.jpg": bytes, "b.jpg": bytes])
    let found = try centers(folder)
    let truth = CanonicalTransform.center256(print)
    func error(_ image: RGBImage) -> Double {
      // The middle, as the outermost pixels see the background.
      let (a, b) = (
        CanonicalTransform.center224(center256: image),
        CanonicalTransform.center224(center256: truth)
      )
      return zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
        / Double(a.pixels.count)
    }
    #expect(error(found[0]) < 4, "\(error(found[0]))")
    #expect(error(found[1]) > 2 * error(found[0]))
  }

  @Test("Rectified sides are the quadrilateral's mean sides, and a large print does not alias")
  func rectified() throws {
    var photo = RGBImage(width: 2400, height: 2200)
    for index in photo.pixels.indices {
      // Columns of black and white, one pixel each: grey from afar.
      photo.pixels[index] = index / 3 % 2 == 0 ? 0 : 255
    }
    let picture = PhotoBuilder.picture(width: 60, height: 40)
    let small = try #require(
      photo.rectified([.init(10, 10), .init(210, 10), .init(190, 110), .init(30, 110)]))
    #expect(small.width == 180)
    #expect(small.height == Int(((100 * 100 + 20 * 20 as Double).squareRoot()).rounded()))
    let large = try #require(
      photo.rectified([.init(0, 0), .init(2400, 0), .init(2400, 2200), .init(0, 2200)]))
    #expect(large.height == 1024 && large.width == 1117)
    let middle = large.crop(left: 20, top: 20, width: 1000, height: 900).pixels
    #expect(middle.allSatisfy { (64...192).contains($0) })
    // At one to one, nothing is between pixels.
    let box = picture.rectified([.init(5, 7), .init(35, 7), .init(35, 27), .init(5, 27)])
    #expect(box == picture.crop(left: 5, top: 7, width: 30, height: 20))
    #expect(photo.rectified([.init(0, 0), .init(1, 1), .init(2, 2), .init(3, 3)]) == nil)
  }

  @Test("A crop is part of the set's fingerprint; without one it is what it was")
  func fingerprint() throws {
    let photo = try PhotoBuilder.jpeg(PhotoBuilder.picture(width: 40, height: 30))
    func fingerprint(_ csv: String) throws -> String {
      let folder = try set(csv, photos: ["a.jpg": photo])
      return try LabelledDataset(name: "s", path: folder.path).fingerprint
    }
    let plain = try fingerprint("file,label\na.jpg,3\n")
    #expect(plain == FileDigest.sha256(Array("a.jpg\t3\t\(photo.count)\n".utf8)))
    let header = "file,label,left,top,right,bottom\n"
    #expect(try fingerprint(header + "a.jpg,3,,,,\n") == plain)
    let cropped = try fingerprint(header + "a.jpg,3,1,2,30,20\n")
    #expect(cropped != plain)
    #expect(try fingerprint(header + "a.jpg,3,1,2,30,21\n") != cropped)
  }

  @Test(
    "A crop that makes no sense is one line that names file and line",
    arguments: [
      ("left,top,right,bottom", "1,2,41,20", "ends outside of the photo, which has 40×30"),
      ("left,top,right,bottom", "1,2,30,31", "ends outside"),
      ("left,top,right,bottom", "-2,2,30,20", "begins outside"),
      ("left,top,right,bottom", "10,2,10,20", "the crop is empty"),
      ("left,top,right,bottom", "10,20,30,5", "the crop is empty"),
      ("left,top,right,bottom", "1,2,,20", "right is empty"),
      ("left,top,right,bottom", "1,2", "right is empty"),
      ("left,top,right,bottom", "1,two,30,20", "top is \"two\", not a number"),
      ("left,top,right,bottom", "1,nan,30,20", "not a number"),
      ("left,top,right,bottom", "1,2,1e300,20", "begins outside"),
      ("x1,y1,x2,y2,x3,y3,x4,y4", "1,1,30,1,30,20,1,", "y4 is empty"),
      ("x1,y1,x2,y2,x3,y3,x4,y4", "1,1,50,1,30,20,1,20", "50.0, 1.0 lies outside"),
      ("x1,y1,x2,y2,x3,y3,x4,y4", "1,-1,30,1,30,20,1,20", "lies outside"),
      ("x1,y1,x2,y2,x3,y3,x4,y4", "1,1,1,20,30,20,30,1", "counter-clockwise"),
      ("x1,y1,x2,y2,x3,y3,x4,y4", "1,1,30,20,30,1,1,20", "no convex"),
      ("x1,y1,x2,y2,x3,y3,x4,y4", "1,1,30,1,5,5,1,20", "no convex"),
      ("x1,y1,x2,y2,x3,y3,x4,y4", "1,1,10,1,20,1,30,1", "no convex"),
      ("left,top,right,bottom,x1,y1,x2,y2,x3,y3,x4,y4", "1,1,9,9,1,1,30,1,30,20,1,20", "both"),
    ])
  func badCrops(columns: String, values: String, words: String) throws {
    let photo = try PhotoBuilder.jpeg(PhotoBuilder.picture(width: 40, height: 30))
    let folder = try set(
      "file,label,\(columns)\nb.jpg,1\na.jpg,1,\(values)\n",
      photos: ["a.jpg": photo, "b.jpg": photo])
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    let text = error?.description ?? ""
    #expect(text.contains("\(folder.path)/labels.csv, line 3") && text.contains(words), "\(text)")
  }

  @Test("Half of a crop's columns is an error that lists them")
  func halfColumns() throws {
    let folder = try set("file,label,left,top,right\na.jpg,1\n", photos: ["a.jpg": [1]])
    let error = #expect(throws: UserError.self) {
      try LabelledDataset(name: "set", path: folder.path)
    }
    #expect(error?.description.contains("not bottom; a crop has left,top,right,bottom") == true)
  }

  @Test("A crop of a photo whose size cannot be told beforehand fails when it is used")
  func damagedPhoto() throws {
    let folder = try set(
      "file,label,left,top,right,bottom\na.jpg,1,0,0,10,10\n", photos: ["a.jpg": [1, 2, 3]])
    #expect(throws: UserError.self) { try centers(folder) }
  }

  @Test(
    "A crop is measured in the upright photo, whatever its format and its orientation's place",
    .enabled(if: ImageFormat.png.isAvailable))
  func otherFormats() throws {
    let picture = PhotoBuilder.picture(width: 400, height: 300)
    let xmp = Array("http://ns.adobe.com/xap/1.0/\0<tiff:Orientation>6<".utf8)
    let file = try JPEG.encode(picture, quality: 95)
    let turned = file.prefix(2) + [0xFF, 0xE1, 0, UInt8(xmp.count + 2)] + xmp + file.dropFirst(2)
    let photos = [
      "a.png": try PNG.encode(picture), "b.ppm": PPM.encode(picture), "c.jpg": Array(turned),
    ]
    let header = "file,label,left,top,right,bottom\n"
    let good = try set(
      header + "a.png,1,0,0,400,300\nb.ppm,1,0,0,400,300\nc.jpg,1,0,0,300,400\n", photos: photos)
    #expect(try centers(good).count == 3)
    for line in ["a.png,1,0,0,300,400", "b.ppm,1,0,0,300,400", "c.jpg,1,0,0,400,300"] {
      let folder = try set(header + line + "\n", photos: photos)
      let error = #expect(throws: UserError.self) {
        try LabelledDataset(name: "set", path: folder.path)
      }
      #expect(error?.description.contains("line 2: the crop ends outside") == true)
    }
  }

  @Test("A set is simulated when its manifest says so, and only then")
  func simulated() throws {
    let folder = try set("a.jpg,1\n", photos: ["a.jpg": [1]])
    func isSimulated() throws -> Bool {
      try LabelledDataset(name: "set", path: folder.path).limited(to: 1, seed: 1).isSimulated
    }
    #expect(try !isSimulated())
    for (text, expected) in [
      ("{\"simulated\": true, \"more\": 1}", true), ("{\"simulated\": false}", false),
      ("{}", false), ("[]", false), ("{\"files\": {\"simulated\": true}}", false),
    ] {
      try folder.add("manifest.json", text.utf8)
      #expect(try isSimulated() == expected)
    }
  }
}
