import Datasets
import Foundation
import Imaging
import Support
import Testing

@Suite("Prepared images")
struct PreparedItemTests {
  private let photos = ["wide.jpg", "tall.jpg", "turned.jpg"]

  private func item(_ name: String) throws -> LabelledItem {
    LabelledItem(
      name: name, label: 3, size: 0, location: .file(path: try fixture(name)))
  }

  private func prepare(
    _ requests: [PreparationRequest], seed: UInt64 = 1, upright: Bool = false, threads: Int = 2
  ) -> PreparedItems {
    PreparedItems(
      requests, ranges: .paper, seed: seed, decoder: PhotoDecoder(honoursOrientation: upright),
      threads: threads)
  }

  @Test("Canonical and distorted pixels are Pillow's and torchvision's, byte for byte")
  func pixels() throws {
    let goldens = try Goldens.load().photos
    for name in photos {
      let golden = try #require(goldens[name])
      let item = try item(name)
      let center = try PhotoDecoder(honoursOrientation: false).center256(item)
      #expect(FileDigest.sha256(center.pixels) == golden.center256)
      for draw in golden.draws {
        let request = PreparationRequest(item: item, canonical: false, draws: [draw.draw])
        let prepared = try #require(prepare([request], seed: draw.seed).next())
        let pixels = try prepared.pixels.get()
        #expect(FileDigest.sha256(pixels.canonical224.pixels) == golden.center224)
        #expect(pixels.parameters == .affine(draw.parameters))
        #expect(
          FileDigest.sha256(try #require(pixels.distorted256).pixels) == draw.distorted256)
        #expect(try draw.parameters.apply(to: center) == pixels.distorted256)
      }
    }
  }

  @Test("EXIF orientation is honoured where the set asks for it, and only there")
  func orientation() throws {
    let golden = try #require(try Goldens.load().photos["turned.jpg"])
    let item = try item("turned.jpg")
    let stored = try PhotoDecoder(honoursOrientation: false).center256(item)
    let upright = try PhotoDecoder(honoursOrientation: true).center256(item)
    #expect(FileDigest.sha256(stored.pixels) == golden.center256)
    #expect(FileDigest.sha256(upright.pixels) == golden.upright256)
  }

  @Test("Order and pixels do not depend on threads, nor a draw on the draws beside it")
  func determinism() throws {
    let requests = try photos.map {
      PreparationRequest(item: try item($0), canonical: true, draws: [0, 1, 2])
    }
    let all = Array(prepare(requests, threads: 1))
    #expect(all.map(\.item.name) == photos.flatMap { [$0, $0, $0, $0] })
    #expect(all.map(\.draw) == photos.flatMap { _ in [nil, 0, 1, 2] })
    let threaded = Array(prepare(requests, threads: 5))
    let alone = try photos.reversed().flatMap { name in
      Array(
        prepare([
          PreparationRequest(item: try item(name), canonical: false, draws: [2])
        ]))
    }
    for (one, other) in zip(all, threaded) {
      #expect(one.item.name == other.item.name && one.draw == other.draw)
      let (one, other) = (try one.pixels.get(), try other.pixels.get())
      #expect(one.canonical224 == other.canonical224 && one.distorted256 == other.distorted256)
    }
    for one in alone {
      let same = try #require(all.first { $0.item.name == one.item.name && $0.draw == 2 })
      #expect(try one.pixels.get().distorted256 == same.pixels.get().distorted256)
    }
  }

  @Test("More draws than are made from one decoding arrive in order, and distinct")
  func manyDraws() throws {
    let count = PreparedItems.drawsPerDecode + 3
    let request = PreparationRequest(
      item: try item("wide.jpg"), canonical: true, draws: Array(0..<count))
    let prepared = Array(prepare([request]))
    #expect(prepared.map(\.draw) == [nil] + (0..<count).map { $0 })
    #expect(try Set(prepared.map { try $0.pixels.get().parameters?.json }).count == count + 1)
  }

  @Test("A damaged image arrives as failures that name it, in its place; the rest goes on")
  func failures() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: fixture("tall.jpg")))
    let bad = [
      "cut.jpg": Array(whole.prefix(700)), "empty.jpg": [], "text.jpg": Array("hello".utf8),
    ]
    for (name, bytes) in bad { try folder.add(name, bytes) }
    let names = ["cut.jpg", "wide.jpg", "empty.jpg", "gone.jpg", "text.jpg", "tall.jpg"]
    let requests = try names.map { name in
      let isGood = photos.contains(name)
      let path = isGood ? try fixture(name) : "\(folder.path)/\(name)"
      return PreparationRequest(
        item: LabelledItem(name: name, label: 0, size: 0, location: .file(path: path)),
        canonical: true, draws: [0])
    }
    let prepared = Array(prepare(requests))
    #expect(prepared.map(\.item.name) == names.flatMap { [$0, $0] })
    for element in prepared {
      switch element.pixels {
      case .success: #expect(photos.contains(element.item.name))
      case .failure(let error):
        #expect(!photos.contains(element.item.name))
        #expect(error.description.contains("\(folder.path)/\(element.item.name)"))
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
    let request = PreparationRequest(
      item: try item("wide.jpg"), canonical: true, draws: Array(0..<20))
    let prepared = prepare([request, request, request])
    _ = prepared.next()
    prepared.cancel()
    #expect(prepared.next() == nil)
  }
}
