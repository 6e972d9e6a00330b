import Datasets
import Imaging
import Support
import Testing

@Suite("Normalisation")
struct NormalizationTests {
  @Test("Every value of every channel has the bits that torchvision gives it")
  func bits() throws {
    let goldens = try Goldens.load().normalization_bits
    for channel in 0..<3 {
      for value in UInt8.min...UInt8.max {
        let bits = Normalization.imageNet[value, channel: channel].bitPattern
        #expect(bits == UInt32(bitPattern: goldens[channel][Int(value)]))
      }
    }
  }

  @Test("A batch is [N, H, W, 3], each image normalised in its place")
  func batch() throws {
    let images = try (0..<3).map { number in
      try #require(RGBImage(width: 2, height: 2, pixels: (0..<12).map { UInt8($0 * 20 + number) }))
    }
    let tensor = try Normalization.imageNet.batch(images, side: 2)
    #expect(tensor.shape == [3, 2, 2, 3])
    let expected = images.flatMap { image in
      image.pixels.enumerated().map { Normalization.imageNet[$1, channel: $0 % 3] }
    }
    #expect(tensor.elements == expected)
  }

  @Test("An image that is too small is an error; no images are an empty batch")
  func sizes() throws {
    let images = [RGBImage(width: 2, height: 2), RGBImage(width: 1, height: 2)]
    #expect(throws: UserError.self) { try Normalization.imageNet.batch(images, side: 2) }
    #expect(try Normalization.imageNet.batch([], side: 2).shape == [0, 2, 2, 3])
  }

  @Test("the centre is cut out and normalised as torchvision does")
  func tensor() throws {
    var image = RGBImage(width: 4, height: 6)
    for index in image.pixels.indices { image.pixels[index] = UInt8(index) }
    let tensor = try Normalization.imageNet.batch([image, image], side: 2)
    #expect(tensor.shape == [2, 2, 2, 3])
    // Row 2, column 1 of a 4-wide image: byte (2 * 4 + 1) * 3 = 27.
    let values = tensor.elements
    #expect(values[0] == (Float(27) / 255 - 0.485) / 0.229)
    #expect(values[1] == (Float(28) / 255 - 0.456) / 0.224)
    #expect(values[5] == (Float(32) / 255 - 0.406) / 0.225)
    #expect(values[6] == (Float(39) / 255 - 0.485) / 0.229)
    #expect(Array(values[12...]) == Array(values[..<12]))
    #expect(throws: UserError.self) { try Normalization.imageNet.batch([image], side: 5) }
  }
}
