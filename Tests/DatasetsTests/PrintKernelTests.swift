import CKernels
import Foundation
import Tensors
import Testing

@Suite("Kernels of the print simulator, against scalar twins")
struct PrintKernelTests {
  private func values(_ count: Int, _ item: String) -> [Float] {
    var stream = RandomStream(seed: 1, purpose: "test", item: item)
    return (0..<count).map { _ in Float(stream.uniform()) }
  }

  @Test(
    "Blur is the sum over its taps, edges continued", arguments: [(9, 7, 1), (5, 4, 3), (40, 3, 2)])
  func blur(width: Int, height: Int, radius: Int) {
    let taps = 2 * radius + 1
    let photo = values(width * height * 3, "photo")
    var kernel = values(taps * taps, "kernel")
    kernel[1] = 0
    var blurred = [Float](repeating: -1, count: photo.count)
    rg_print_blur(photo, Int32(width), Int32(height), kernel, Int32(radius), &blurred)
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<3 {
          var sum: Float = 0
          for i in 0..<taps {
            for j in 0..<taps {
              let row = min(max(y + i - radius, 0), height - 1)
              let column = min(max(x + j - radius, 0), width - 1)
              sum += kernel[i * taps + j] * photo[(row * width + column) * 3 + c]
            }
          }
          #expect(abs(sum - blurred[(y * width + x) * 3 + c]) < 1e-4)
        }
      }
    }
  }

  @Test("Noise is Philox's, a block a pixel, of the variance asked for")
  func noise() {
    let count = 20_000
    let light = [Float](repeating: 0.5, count: count * 3)
    let tone = (0...Int(RG_PRINT_TONE)).map { Float($0) / Float(RG_PRINT_TONE) }
    var pixels = [UInt8](repeating: 0, count: count * 3)
    tone.withUnsafeBufferPointer { tone in
      var sensor = rg_print_sensor(
        key: (77, 0), shot: 0.006, read: 0.001, tone: tone.baseAddress, saturation: 1)
      rg_print_develop(light, count, &sensor, &pixels)
    }
    let generator = Philox4x32(key: 77)
    let deviation = Float(0.006 * 0.5 + 0.001).squareRoot()
    for index in [0, 1, 63, 64, 65, 4000, count - 1] {
      let block = generator.block(SIMD4(UInt32(index), 0, 0, 0))
      for c in 0..<3 {
        let sum = (0..<4).reduce(0) { $0 + Int(block[c] >> UInt32(8 * $1) & 255) }
        let value = 0.5 + Float(sum - 510) / 147.80054 * deviation
        let expected = min(max(value, 0), 1) * 255
        #expect(abs(Float(pixels[index * 3 + c]) - expected) <= 0.51)
      }
    }
    let mean = pixels.reduce(0) { $0 + Double($1) } / Double(pixels.count)
    let variance =
      pixels.reduce(0) { $0 + pow(Double($1) - mean, 2) } / Double(pixels.count) / 65025
    #expect(abs(mean - 127.5) < 0.5)
    #expect(abs(variance / Double(deviation * deviation) - 1) < 0.03)
  }

  @Test("A halftone has the light of its areas on average, at every sharpness of its dots")
  func halftone() {
    // A table of one colour: every corner of the cube asks for the same areas.
    let grid = Int(RG_PRINT_GRID)
    let tile: [Float] = (0..<4096).map { index in
      let rank = Float(index * 1597 % 4096)
      return (rank + 0.5) / 4096
    }
    let inks: [Float] = [0.1, 0.4, 0.8, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    let screens = (0..<4).map { _ in rg_print_screen(across: 1 << 26, along: 0) }
    for area: Float in [0, 0.03, 0.2, 0.5, 0.8, 0.97, 1] {
      let node: [Float] = [area, 0, 0, 0]
      let table = Array(repeatElement(node, count: grid * grid * grid).joined())
      for sharpness: Float in [0, 1, 3, 8] {
        var areas = [Float](repeating: 0, count: 16)
        rg_print_separate([UInt8](repeating: 9, count: 12), 4, table, 1, 0, sharpness, &areas)
        var print = [Float](repeating: 0, count: 64 * 64 * 3)
        rg_print_render(areas, 2, 64, 1, tile, screens, sharpness, inks, &print)
        for c in 0..<3 {
          let sum: Float = stride(from: c, to: print.count, by: 3).reduce(0) { $0 + print[$1] }
          let expected: Float = 1 - area * (1 - inks[c])
          #expect(abs(sum / 4096 - expected) < 0.005, "\(area), \(sharpness)")
        }
      }
    }
  }
}
