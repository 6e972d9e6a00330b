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

  @Test(
    "What is computed in vectors is the same to the last bit as one at a time",
    arguments: [1, 3, 50, 70])
  func vectors(side: Int) {
    let pixels = values(side * side * 3, "pixels").map { UInt8($0 * 255) }
    let grid = Int(RG_PRINT_GRID)
    let table = values(grid * grid * grid * 4, "table")
    let inks = values(12, "inks")
    let tone = (0...Int(RG_PRINT_TONE)).map { Float($0) / Float(RG_PRINT_TONE) }
    var areas = [Float](repeating: 0, count: side * side * 4)
    rg_print_separate(pixels, side * side, table, 0.9, 0.05, 3, &areas)
    var light = [Float](repeating: 0, count: side * side * 3)
    rg_print_ink(areas, side * side, inks, &light)
    for index in 0..<side * side {
      var alone: [Float] = [0, 0, 0, 0]
      let pixel = Array(pixels[index * 3..<index * 3 + 3])
      rg_print_separate(pixel, 1, table, 0.9, 0.05, 3, &alone)
      #expect(alone == Array(areas[index * 4..<index * 4 + 4]))
      var inked: [Float] = [0, 0, 0]
      rg_print_ink(alone, 1, inks, &inked)
      #expect(inked == Array(light[index * 3..<index * 3 + 3]))
    }
    // A photo of one row is the first row of a taller one that is blurred across alone.
    let kernel: [Float] = [0, 0, 0, 0.25, 0.5, 0.25, 0, 0, 0]
    var blurred = light
    rg_print_blur(light, Int32(side), Int32(side), kernel, 1, &blurred)
    for y in 0..<side {
      let row = Array(light[y * side * 3..<(y + 1) * side * 3])
      var alone = row
      rg_print_blur(row, Int32(side), 1, kernel, 1, &alone)
      #expect(alone == Array(blurred[y * side * 3..<(y + 1) * side * 3]))
    }
    // Without noise a pixel does not depend on its place.
    var developed = pixels
    tone.withUnsafeBufferPointer { tone in
      var sensor = rg_print_sensor(
        key: (1, 0), shot: 0, read: 0, tone: tone.baseAddress, saturation: 1.1)
      rg_print_develop(blurred, side * side, &sensor, &developed)
      for index in 0..<side * side {
        var alone: [UInt8] = [0, 0, 0]
        rg_print_develop(Array(blurred[index * 3..<index * 3 + 3]), 1, &sensor, &alone)
        #expect(alone == Array(developed[index * 3..<index * 3 + 3]))
      }
    }
  }

  @Test(
    "A photo is the mean of what its samples see, at the print's edges as inside of it",
    arguments: [(1, 2), (2, 1), (3, 2), (17, 2), (40, 3)])
  func exposure(side: Int, samples: Int) {
    let print = values(side * side * 3, "print")
    let (width, height) = (37, 29)
    var scene = rg_print_scene()
    scene.map = (1.3 / 37, 0.1 / 37, -0.2, -0.1 / 29, 1.4 / 29, -0.15, 0.002, -0.001, 1)
    (scene.border, scene.surface, scene.flare, scene.vignetting) = (0.05, 0.1, 0.02, 0.3)
    (scene.paper, scene.desk, scene.light) = ((0.9, 0.8, 0.7), (0.2, 0.3, 0.4), (1, 1.1, 0.9))
    scene.gradient = (0.2, -0.3)
    scene.samples = Int32(samples)
    var photo = [Float](repeating: -1, count: width * height * 3)
    rg_print_expose(print, Int32(side), &scene, &photo, Int32(width), Int32(height))
    let (paper, desk, light): ([Float], [Float], [Float]) = (
      [0.9, 0.8, 0.7], [0.2, 0.3, 0.4], [1, 1.1, 0.9]
    )
    func seen(_ u: Double, _ v: Double) -> [Float] {
      let m = scene.map
      let w = 1 / (m.6 * u + m.7 * v + m.8)
      let (x, y) = (Float((m.0 * u + m.1 * v + m.2) * w), Float((m.3 * u + m.4 * v + m.5) * w))
      func within(_ margin: Float) -> Bool {
        x >= -margin && x < 1 + margin && y >= -margin && y < 1 + margin
      }
      guard within(0) else { return within(scene.border) ? paper : desk }
      let px = min(max(x * Float(side) - 0.5, 0), Float(side - 1))
      let py = min(max(y * Float(side) - 0.5, 0), Float(side - 1))
      let (left, top) = (Int(px), Int(py))
      let (right, below) = (min(left + 1, side - 1), min(top + 1, side - 1))
      return (0..<3).map { c in
        func at(_ row: Int, _ column: Int) -> Float { print[(row * side + column) * 3 + c] }
        let upper = at(top, left) + (px - Float(left)) * (at(top, right) - at(top, left))
        let lower = at(below, left) + (px - Float(left)) * (at(below, right) - at(below, left))
        return paper[c] * (0.1 + 0.9 * (upper + (py - Float(top)) * (lower - upper)))
      }
    }
    for y in 0..<height {
      for x in 0..<width {
        var sum: [Float] = [0, 0, 0]
        for n in 0..<samples * samples {
          let u = Double(x) + (Double(n % samples) + 0.5) / Double(samples)
          let v = Double(y) + (Double(n / samples) + 0.5) / Double(samples)
          for (c, value) in seen(u, v).enumerated() { sum[c] += value }
        }
        let nx = (Float(x) + 0.5) / Float(width) * 2 - 1
        let ny = (Float(y) + 0.5) / Float(height) * 2 - 1
        let fall = (1 + 0.2 * nx - 0.3 * ny) * (1 - 0.15 * (nx * nx + ny * ny))
        for c in 0..<3 {
          let expected = light[c] * (sum[c] / Float(samples * samples) * fall + 0.02)
          #expect(abs(photo[(y * width + x) * 3 + c] - expected) < 1e-5)
        }
      }
    }
  }
}
