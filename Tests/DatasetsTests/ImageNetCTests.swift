import Datasets
import Foundation
import Imaging
import Support
import Testing

/// A small part of ImageNet-C, made by program.
@Suite("ImageNet-C")
struct ImageNetCTests {
  private static let images = [
    "n01751748/ILSVRC2012_val_00000001.JPEG", "n09193705/ILSVRC2012_val_00000002.JPEG",
  ]
  private static let settings = ["gaussian_noise", "fog"].flatMap { name in
    (1...5).map { "\(name)/\($0)" }
  }

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for setting in Self.settings {
      for image in Self.images {
        try folder.add("c/\(setting)/\(image)", Array("\(setting) \(image)".utf8))
      }
    }
  }

  private func open(_ part: String = "c") throws -> LabelledDataset {
    try LabelledDataset(name: "c", path: "\(folder.path)/\(part)")
  }

  private func message(_ part: String = "c") -> String {
    let error = #expect(throws: UserError.self) { try open(part) }
    return error?.description ?? ""
  }

  private func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(folder.path)/c/\(name)")
  }

  @Test("Items are the images, each with a photograph of every corruption and severity")
  func layout() throws {
    let set = try open()
    #expect(set.layout == "imagenet-c" && set.settings == Self.settings && !set.hasCanonical)
    #expect(set.items.map(\.name) == Self.images.map { String($0.dropFirst(10)) })
    #expect(set.items.map(\.label) == [65, 970])
    for (item, image) in zip(set.items, Self.images) {
      #expect(
        try item.photographs.map { try $0.bytes() }
          == Self.settings.map { Array("\($0) \(image)".utf8) })
    }
    let limited = set.limited(to: 1, seed: 1)
    #expect(limited.settings == Self.settings && !limited.hasCanonical)
    let note = set.notes.first { $0.contains("mean corruption error") } ?? ""
    #expect(note.contains("shot_noise") && note.contains("snow") && !note.contains("fog"))
    #expect(try open("c/fog/3").layout == "class-folders")
  }

  @Test("Corruptions may lie in the folders of their archives; one that is there twice is an error")
  func archives() throws {
    let fingerprint = try open().fingerprint
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/c/weather", withIntermediateDirectories: true)
    try FileManager.default.moveItem(
      atPath: "\(folder.path)/c/fog", toPath: "\(folder.path)/c/weather/fog")
    #expect(try open().settings == Self.settings && open().fingerprint == fingerprint)
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/c/weather/fog", toPath: "\(folder.path)/c/fog")
    #expect(message().contains("are the same corruption"))
  }

  @Test("A setting belongs to its corruption and its severity")
  func strata() {
    let strata = PhotoStratum.all(ofSetting: "glass_blur/4", layout: "imagenet-c")
    #expect(
      strata.map { [$0.factor, $0.value] } == [["corruption", "glass_blur"], ["severity", "4"]])
    #expect(PhotoStratum.all(ofSetting: "glass_blur", layout: "imagenet-c").isEmpty)
  }

  @Test("A severity that is missing, or is none, is an error that names it")
  func severities() throws {
    try remove("fog/3")
    #expect(message().contains("/c/fog: lacks the severity 3"))
    try folder.add("c/fog/6/\(Self.images[0])")
    #expect(message().contains("/c/fog/6: not a severity, 1 to 5"))
    try remove("fog")
    #expect(try open().settings == Array(Self.settings.prefix(5)))
  }

  @Test("Settings with other images, or with other classes, are errors")
  func images() throws {
    try remove("fog/2/\(Self.images[1])")
    #expect(
      message().contains(
        "/c/fog/2: lacks 1 image of \(folder.path)/c/gaussian_noise/1, e.g. "
          + "ILSVRC2012_val_00000002.JPEG"))
    try folder.add("c/fog/2/n01440764/\(Self.images[1].dropFirst(10))")
    #expect(message().contains("of class 0, but of class 970 in"))
    try folder.add("c/fog/2/\(Self.images[1])")
    #expect(message().contains("the same image as"))
    try remove("fog/2/n01440764")
    try folder.add("c/fog/2/n01440764/stray.JPEG")
    #expect(message().contains("stray.JPEG: an image that"))
    try remove("fog/2")
    try folder.add("c/fog/2/readme.txt")
    #expect(message().contains("/c/fog/2: no photos in folders named by WordNet id"))
  }

  @Test(
    "Raw views show the 224×224 pixels as they are, with mirrored margins; other sizes are errors")
  func views() throws {
    for (number, setting) in Self.settings.enumerated() {
      for image in Self.images {
        let side = setting == "fog/4" && image == Self.images[1] ? 256 : 224
        var pixels = PhotoBuilder.picture(width: side, height: side)
        pixels.pixels[0] = UInt8(number)
        try folder.add("c/\(setting)/\(image)", try PNG.encode(pixels))
      }
    }
    let requests = (0..<2).flatMap { item in
      (0..<10).map { ViewRequest(item: item, draw: $0, views: [.raw]) }
    }
    let stream = PhotographStream(
      requests, of: try open(), draws: DistortionDraws(.paper, seed: 1), threads: 2)
    for request in requests {
      var expected = PhotoBuilder.picture(width: 224, height: 224)
      expected.pixels[0] = UInt8(request.draw)
      switch try #require(stream.next()) {
      case .images(let views, _, _):
        let raw = try #require(views[.raw]).pixels
        #expect(raw.width == 256 && raw.height == 256)
        #expect(CanonicalTransform.center224(center256: raw) == expected)
        // The pixel above the first row is the first row's.
        let (above, first) = ((15 * 256 + 20) * 3, (16 * 256 + 20) * 3)
        #expect(raw.pixels[above..<above + 3] == raw.pixels[first..<first + 3])
      case .failed(let reason):
        #expect(request.item == 1 && request.draw == 8)
        #expect(reason.contains("fog/4") && reason.contains("256 x 256 pixels, not 224 x 224"))
      }
    }
  }
}
