import Datasets
import Foundation
import Imaging
import Support
import Testing

@Suite("Views of photos")
struct ViewStreamTests {
  private let photos = ["wide.jpg", "tall.jpg", "turned.jpg"]

  private func photo(
    _ name: String, _ orientation: PhotoOrientation = .asStored
  ) throws -> Photo {
    Photo(
      name: name, size: 0, location: .file(path: try fixture(name)), orientation: orientation)
  }

  /// The canonical view of each photo, then draws of its distortion.
  private func requests(_ photos: Int, draws: [Int]) -> [ViewRequest] {
    (0..<photos).flatMap { item in
      [ViewRequest(item: item, draw: 0, views: [.canonical])]
        + draws.map { ViewRequest(item: item, draw: $0, views: [.distorted]) }
    }
  }

  private func prepare(
    _ requests: [ViewRequest], of photos: [Photo], seed: UInt64 = 1, threads: Int = 2
  ) -> ViewStream {
    ViewStream(
      requests, of: photos, draws: DistortionDraws(.paper, seed: seed), threads: threads)
  }

  private func images(_ prepared: PreparedImages?) throws -> [ImageView: RGBImage] {
    guard case .images(let images, _, _)? = prepared else { throw UserError("no image") }
    return images.mapValues(\.pixels)
  }

  @Test("Canonical and distorted pixels are Pillow's and torchvision's, byte for byte")
  func pixels() throws {
    let goldens = try Goldens.load().photos
    for name in photos {
      let golden = try #require(goldens[name])
      let photo = try photo(name)
      let center = try photo.decoded().center256
      #expect(FileDigest.sha256(center.pixels) == golden.center256)
      for draw in golden.draws {
        let request = ViewRequest(item: 0, draw: draw.draw, views: Set(ImageView.allCases))
        let shown = try images(prepare([request], of: [photo], seed: draw.seed).next())
        #expect(FileDigest.sha256(try #require(shown[.canonical]).pixels) == golden.center224)
        #expect(shown[.raw] == center)
        #expect(FileDigest.sha256(try #require(shown[.distorted]).pixels) == draw.distorted256)
        #expect(try draw.parameters.apply(to: center) == shown[.distorted])
        let drawn = DistortionDraws(.paper, seed: draw.seed).drawn(item: name, draw: draw.draw)
        #expect(drawn as? DistortionParameters == draw.parameters)
      }
    }
  }

  @Test("EXIF orientation is honoured where the photo asks for it, and only there")
  func orientation() throws {
    let golden = try #require(try Goldens.load().photos["turned.jpg"])
    let stored = try photo("turned.jpg").decoded().center256
    let upright = try photo("turned.jpg", .upright).decoded().center256
    #expect(FileDigest.sha256(stored.pixels) == golden.center256)
    #expect(FileDigest.sha256(upright.pixels) == golden.upright256)
  }

  @Test("Order and pixels do not depend on threads, nor a draw on the draws beside it")
  func determinism() throws {
    let photos = try photos.map { try photo($0) }
    let requests = requests(photos.count, draws: [0, 1, 2])
    let all = try prepare(requests, of: photos, threads: 1).map(images)
    #expect(all.count == requests.count)
    #expect(zip(all, requests).allSatisfy { Set($0.keys) == $1.views })
    #expect(Set(all.flatMap(\.values).map(\.pixels)).count == requests.count)
    #expect(try prepare(requests, of: photos, threads: 5).map(images) == all)
    for item in photos.indices.reversed() {
      let request = ViewRequest(item: item, draw: 2, views: [.distorted])
      let alone = try images(prepare([request], of: photos).next())
      #expect(alone == all[item * 4 + 3])
    }
  }

  @Test("More draws than are made from one decoding arrive in order, and distinct")
  func manyDraws() throws {
    let count = ViewStream.drawsPerDecode + 3
    let photo = try photo("wide.jpg")
    let draws = DistortionDraws(.paper, seed: 1)
    let center = try photo.decoded().center256
    let shown = try prepare(requests(1, draws: Array(0..<count)), of: [photo]).map(images)
    #expect(shown.count == count + 1 && shown[0][.canonical] != nil)
    for draw in 0..<count {
      let expected = try draws.drawn(item: photo.name, draw: draw).apply(to: center)
      #expect(shown[draw + 1][.distorted] == expected)
    }
    #expect(Set(shown.flatMap(\.values).map(\.pixels)).count == count + 1)
  }

  @Test("A print comes with its photograph where photos are wanted; what is made at 256 has none")
  func photographs() throws {
    let photo = try photo("wide.jpg")
    let center = try photo.decoded().center256
    for (name, keepsPhoto) in [("print", true), ("print", false), ("paper", true)] {
      let draws = DistortionDraws(try Distortion.named(name), seed: 2)
      let request = ViewRequest(item: 0, draw: 3, views: [.distorted], keepsPhoto: keepsPhoto)
      let prepared = ViewStream([request], of: [photo], draws: draws, threads: 1).next()
      guard case .images(let images, _, _)? = prepared else { throw UserError("no image") }
      let expected = try draws.drawn(item: photo.name, draw: 3).view(of: center)
      #expect(images[.distorted]?.pixels == expected.pixels)
      #expect(images[.distorted]?.source == (keepsPhoto ? expected.source : nil))
      #expect((expected.source != nil) == (name == "print"))
    }
  }

  @Test("A damaged image arrives as failures, in its place; the rest goes on")
  func failures() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("tall.jpg")))
    let bad = [
      "cut.jpg": Array(whole.prefix(700)), "empty.jpg": [], "text.jpg": Array("hello".utf8),
    ]
    for (name, bytes) in bad { try folder.add(name, bytes) }
    let names = ["cut.jpg", "wide.jpg", "empty.jpg", "gone.jpg", "text.jpg", "tall.jpg"]
    let all = try names.map { name in
      photos.contains(name) ? try photo(name) : Photo(path: "\(folder.path)/\(name)")
    }
    let prepared = Array(prepare(requests(all.count, draws: [0]), of: all))
    #expect(prepared.count == 2 * names.count)
    for (index, element) in prepared.enumerated() {
      let name = names[index / 2]
      switch element {
      case .images: #expect(photos.contains(name))
      case .failed(let reason):
        #expect(!photos.contains(name))
        // Whoever stores it has the name beside it.
        #expect(!reason.contains(folder.path) && !reason.isEmpty)
        let error = #expect(throws: UserError.self) { try all[index / 2].decoded() }
        #expect(error?.description == "\(folder.path)/\(name): \(reason)")
      }
    }
  }

  @Test("The middle 224 of a photo is the middle 224 of its middle 256, whatever its shape")
  func crops() {
    for longer in 60...90 {
      var photo = RGBImage(width: longer, height: 60)
      for index in photo.pixels.indices { photo.pixels[index] = UInt8((index * 37) & 0xFF) }
      let direct = photo.resized(shorterSide: 256).centerCropped(width: 224, height: 224)
      #expect(CanonicalTransform.center224(photo) == direct)
    }
  }

  @Test("Cancelling ends the sequence")
  func cancel() throws {
    let photos = [Photo](repeating: try photo("wide.jpg"), count: 3)
    let prepared = prepare(requests(3, draws: Array(0..<20)), of: photos)
    _ = prepared.next()
    prepared.cancel()
    #expect(prepared.next() == nil)
  }
}
