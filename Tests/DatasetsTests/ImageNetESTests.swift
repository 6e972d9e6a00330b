import Datasets
import Foundation
import Imaging
import Support
import Testing

/// A small part of ImageNet-ES, made by program.
@Suite("ImageNet-ES")
struct ImageNetESTests {
  private static let images = [
    "n01751748/ILSVRC2012_val_00000001.JPEG", "n09193705/ILSVRC2012_val_00000002.JPEG",
    "n02105855/ILSVRC2012_val_00000003.JPEG",
  ]
  private static let settings = [
    "auto_exposure/l1/param_1", "auto_exposure/l5/param_1", "param_control/l1/param_2",
    "param_control/l1/param_10", "param_control/l5/param_2", "param_control/l5/param_10",
  ]

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for image in Self.images {
      try folder.add("es-test/sampled_tin_no_resize2/\(image)", Array(image.utf8))
      for setting in Self.settings {
        try folder.add("es-test/\(setting)/\(image)", Array("\(setting) \(image)".utf8))
      }
    }
  }

  private func open(_ part: String = "es-test") throws -> LabelledDataset {
    try LabelledDataset(name: "es", path: "\(folder.path)/\(part)")
  }

  private func message(_ part: String = "es-test") -> String {
    let error = #expect(throws: UserError.self) { try open(part) }
    return error?.description ?? ""
  }

  private func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(folder.path)/es-test/\(name)")
  }

  @Test("Items are the references, each with its photograph of every setting, by number")
  func layout() throws {
    let set = try open()
    #expect(set.layout == "imagenet-es" && set.settings == Self.settings)
    #expect(set.items.map(\.name) == Self.images.map { String($0.dropFirst(10)) })
    #expect(set.items.map(\.label) == [65, 970, 230])
    for (item, image) in zip(set.items, Self.images) {
      #expect(try item.photo.bytes() == Array(image.utf8))
      #expect(
        try item.photographs.map { try $0.bytes() }
          == Self.settings.map { Array("\($0) \(image)".utf8) })
      #expect(item.photographs.allSatisfy { $0.orientation == .asStored })
    }
    #expect(set.limited(to: 1, seed: 1).settings == Self.settings)
  }

  @Test("A setting belongs to its exposure, its light, and the parameters of that exposure")
  func strata() {
    let strata = PhotoStratum.all(ofSetting: "param_control/l5/param_2", layout: "imagenet-es")
    #expect(
      strata.map { [$0.factor, $0.value] } == [
        ["exposure", "param_control"], ["light", "l5"], ["parameters", "param_control param_2"],
      ])
    #expect(PhotoStratum.all(ofSetting: "param_control/l5/param_2", layout: "photos").isEmpty)
  }

  @Test("The fingerprint is the same wherever the set lies, and another with another photograph")
  func fingerprint() throws {
    let before = try open().fingerprint
    try FileManager.default.moveItem(
      atPath: "\(folder.path)/es-test", toPath: "\(folder.path)/elsewhere")
    #expect(try open("elsewhere").fingerprint == before)
    try folder.add("elsewhere/\(Self.settings[3])/\(Self.images[1])", [1])
    #expect(try open("elsewhere").fingerprint != before)
  }

  @Test("The other part's folder of references will do; both, or none, are an error")
  func references() throws {
    let other = "\(folder.path)/es-test/sampled_tin_no_resize"
    try FileManager.default.copyItem(atPath: other + "2", toPath: other)
    #expect(message().contains("both of the folders sampled_tin_no_resize and"))
    try remove("sampled_tin_no_resize2")
    #expect(try open().items.count == 3)
    try remove("sampled_tin_no_resize")
    #expect(message().contains("none of the folders sampled_tin_no_resize and"))
  }

  @Test("A photograph without reference, and a reference without photograph, are errors")
  func pairing() throws {
    let lost = "\(Self.settings[2])/\(Self.images[0])"
    try remove(lost)
    #expect(
      message().contains("lacks the photograph of 1 reference, e.g. ILSVRC2012_val_00000001.JPEG"))
    try folder.add("es-test/\(lost)")
    let stray = "es-test/\(Self.settings[2])/n01440764/stray.JPEG"
    try folder.add(stray)
    #expect(message().contains("\(stray): a photograph without reference"))
  }

  @Test("A photograph in another class's folder than its reference is an error")
  func otherClass() throws {
    try remove("\(Self.settings[0])/\(Self.images[0])")
    try folder.add("es-test/\(Self.settings[0])/n01440764/ILSVRC2012_val_00000001.JPEG")
    #expect(message().contains("of class 0, but its reference of class 65"))
  }

  @Test("Folders of no class, of no photo and of no setting are errors")
  func badFolders() throws {
    try folder.add("es-test/\(Self.settings[0])/n99999999/a.JPEG")
    #expect(message().contains("n99999999: no class"))
    try remove(Self.settings[0])
    try folder.add("es-test/\(Self.settings[0])/readme.txt")
    #expect(message().contains("\(Self.settings[0]): no photos in folders named by WordNet id"))
    try remove("auto_exposure")
    #expect(try open().settings == Array(Self.settings[2...]))
    try remove("param_control/l1")
    try remove("param_control/l5")
    #expect(message().contains("no settings"))
    #expect(message("").contains("holds the parts of ImageNet-ES"))
  }

  @Test("Raw views are the photographs that draws count, the others are the reference's")
  func views() throws {
    let shades: [UInt8] = [10, 60, 110, 160, 210, 250]
    for image in Self.images {
      let reference = RGBImage(width: 256, height: 256, filledWith: 99)
      try folder.add("es-test/sampled_tin_no_resize2/\(image)", PhotoBuilder.jpeg(reference))
      for (setting, shade) in zip(Self.settings, shades) {
        let photograph = RGBImage(width: 300, height: 280, filledWith: shade)
        try folder.add("es-test/\(setting)/\(image)", PhotoBuilder.jpeg(photograph))
      }
    }
    try folder.add("es-test/\(Self.settings[4])/\(Self.images[1])", [1, 2, 3])
    var requests: [ViewRequest] = []
    for item in 0..<3 {
      for draw in 0..<6 {
        requests.append(
          ViewRequest(item: item, draw: draw, views: draw == 0 ? [.canonical, .raw] : [.raw]))
      }
    }
    let stream = PhotographStream(
      requests, of: try open(), draws: DistortionDraws(.paper, seed: 1), threads: 2)
    for request in requests {
      switch try #require(stream.next()) {
      case .images(let views, let sha256, _):
        #expect(Set(views.keys) == request.views)
        #expect(views[.raw]?.pixels.pixels.first == shades[request.draw])
        #expect(views[.canonical].map { $0.pixels.pixels.first == 99 } != false)
        #expect((sha256 != nil) == (request.draw == 0))
      case .failed(let reason):
        #expect(request.item == 1 && request.draw == 4)
        #expect(reason.hasPrefix("param_control/l5/param_2: "))
      }
    }
    #expect(stream.next() == nil)
  }
}
