import Foundation
import Testing
import Training

@Suite("Image quality")
struct QualityTests {
  struct File: Decodable {
    struct Case: Decodable {
      let height: Int
      let width: Int
      let strength: Float
      let mse: Double
      let psnr: Double
      let ssim: Double
    }
    let cases: [Case]
  }

  private func quality(_ a: [Float], _ b: [Float], _ height: Int, _ width: Int) -> ImageQuality {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { ImageQuality(a, $0, height: height, width: width) }
    }
  }

  @Test("mean squared error, PSNR and SSIM are scikit-image's")
  func golden() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/quality", withExtension: "json"))
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    #expect(file.cases.count == 4)
    for (number, golden) in file.cases.enumerated() {
      let (height, width) = (golden.height, golden.width)
      var a = hashNoise("a\(number)", height * width * 3).map { 0.5 + 0.5 * $0 }
      for index in a.indices where index / 3 % width < width / 2 { a[index] *= 0.125 }
      let noise = hashNoise("b\(number)", a.count)
      let b = zip(a, noise).map { min(max($0 + golden.strength * $1, 0), 1) }
      let found = quality(a, b, height, width)
      #expect(abs(found.mse - golden.mse) < 1e-6 * golden.mse)
      #expect(abs(found.psnr - golden.psnr) < 1e-4)
      #expect(abs(found.ssim - golden.ssim) < 1e-4, "\(found.ssim), not \(golden.ssim)")
    }
  }

  @Test("the same image: no error, SSIM 1; black against white: error 1, 0 dB")
  func ends() {
    let a = hashNoise("same", 16 * 16 * 3).map { 0.5 + 0.5 * $0 }
    let same = quality(a, a, 16, 16)
    #expect(same.mse == 0)
    #expect(same.psnr == 120)
    #expect(abs(same.ssim - 1) < 1e-6)
    let (black, white) = ([Float](repeating: 0, count: 363), [Float](repeating: 1, count: 363))
    let opposite = quality(black, white, 11, 11)
    #expect(opposite.mse == 1)
    #expect(opposite.psnr == 0)
    // (c1) (c2) / ((1 + c1) c2).
    #expect(abs(opposite.ssim - 1e-4 / 1.0001) < 1e-6)
  }

  @Test("images smaller than a window have no SSIM")
  func tooSmall() {
    let a = [Float](repeating: 0.25, count: 10 * 40 * 3)
    let found = quality(a, a.map { $0 + 0.5 }, 10, 40)
    #expect(found.ssim.isNaN)
    #expect(abs(found.mse - 0.25) < 1e-7)
    let nothing = quality([], [], 0, 0)
    #expect(nothing.mse == 0)
    #expect(nothing.ssim.isNaN)
  }
}
