import CKernels
import Foundation
import Testing

/// The kernels behind the sampling lattice against their plain definitions.
@Suite("Lattice kernels")
struct LatticeKernelTests {
  private static let side = 32
  private static let scale: [Float] = [58, 57, 57]

  /// Noise in the upper part, nothing below, as 8-bit values would be after `scale`.
  private func image() -> [Float] {
    let noise = Synthetic.noise("lattice", shape: [Self.side, Self.side, 3]) { $0 }.elements
    return noise.enumerated().map { index, value in
      index / (3 * Self.side) < 20 ? (40 * value).rounded() / Self.scale[index % 3] : 0
    }
  }

  private func map(_ image: [Float], vertical: Bool) -> (values: [Float], count: Int) {
    var values = [Float](repeating: 9, count: Self.side * Self.side)
    var scratch = values
    let count = rg_lattice_map(
      image, Self.side, Self.side, Self.scale, vertical ? 1 : 0, &values, &scratch)
    return (values, count)
  }

  @Test("steps are measured by those around them", arguments: [false, true])
  func steps(vertical: Bool) {
    let image = image()
    let side = Self.side
    let (columns, rows) = vertical ? (side, side - 1) : (side - 1, side)
    func step(_ x: Int, _ y: Int) -> Float {
      let (a, b) = (3 * (y * side + x), 3 * (vertical ? (y + 1) * side + x : y * side + x + 1))
      return (0..<3).reduce(0) { $0 + Self.scale[$1] * abs(image[a + $1] - image[b + $1]) }
        .rounded()
    }
    var expected = [Float?](repeating: nil, count: side * side)
    for y in 0..<rows {
      for x in 0..<columns {
        var (sum, count) = (Float(0), Float(0))
        for v in max(y - 3, 0)...min(y + 3, rows - 1) {
          for u in max(x - 3, 0)...min(x + 3, columns - 1) {
            sum += step(u, v)
            count += 1
          }
        }
        if sum / count > 1.5 { expected[y * side + x] = log((step(x, y) + 1) / (sum / count + 1)) }
      }
    }
    let known = expected.compactMap { $0 }
    let mean = known.reduce(0, +) / Float(known.count)
    let found = map(image, vertical: vertical)
    #expect(found.count == known.count && known.count < rows * columns)
    for (value, wanted) in zip(found.values, expected) {
      #expect(abs(value - (wanted.map { $0 - mean } ?? 0)) < 1e-4)
    }
  }

  @Test("waves are cosines and sines of the harmonics, counted from the middle on")
  func waves() {
    let frequencies = (0..<70).map { Double($0) * 0.0061 - 0.2 }
    let (rows, harmonics, count) = (48, 3, frequencies.count)
    let plane = rows * harmonics * count
    var waves = [Float](repeating: 0, count: 2 * plane)
    rg_lattice_waves(frequencies, count, harmonics, rows, &waves)
    for row in [0, 1, 30, 47] {
      for k in 1...harmonics {
        for i in [0, 5, 63, 64, 69] {
          let angle = 2 * .pi * Double(k) * frequencies[i] * (Double(row) + 0.5)
          let place = (row * harmonics + k - 1) * count + i
          #expect(abs(Double(waves[place]) - cos(angle)) < 1e-6)
          #expect(abs(Double(waves[plane + place]) - sin(angle)) < 1e-6)
        }
      }
    }
  }

  @Test("even and odd parts meet cosines and sines of half a side as a map meets those of all")
  func fold() {
    let (size, half) = (24, 12)
    let map = Synthetic.noise("map", shape: [size, size]) { $0 }.elements
    var parts = [Float](repeating: 9, count: size * size)
    rg_lattice_fold(map, size, &parts)
    let waves: [(Double) -> Double] = [{ cos(0.7 * $0) }, { sin(0.7 * $0) }]
    for (down, across) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      var (whole, folded) = (0.0, 0.0)
      for y in 0..<size {
        for x in 0..<size {
          whole +=
            Double(map[y * size + x]) * waves[down](Double(y) - 11.5)
            * waves[across](Double(x) - 11.5)
        }
      }
      for y in 0..<half {
        for x in 0..<half {
          folded +=
            Double(parts[((2 * down + across) * half + y) * half + x])
            * waves[down](Double(y) + 0.5) * waves[across](Double(x) + 0.5)
        }
      }
      #expect(abs(whole - folded) < 1e-4)
    }
  }

  /// One pair of frequencies and white noise, summed pixel by pixel.
  @Test("the likelihood is that of the best box, summed over the pixels", arguments: [0.06, -0.11])
  func likelihood(change: Double) {
    let side = Self.side
    let (u, v, harmonics, phases) = (change, 0.04, 3, 16)
    let maps = [false, true].map { map(image(), vertical: $0) }
    let ones = [Float](repeating: 1, count: side * side)
    let ranges: [(more: (Float, Float), less: (Float, Float))] = [
      ((0.05, 0.8), (-3, -0.5)), ((0, 0.8), (0, 0.8)),
    ]
    // Products of the steps with waves, harmonic by harmonic.
    let products = maps.map { map in
      (1...harmonics).flatMap { k -> [Float] in
        var sums = [Double](repeating: 0, count: 4)
        for y in 0..<side {
          for x in 0..<side {
            let a = 2 * .pi * Double(k) * u * (Double(x) + 0.5 - 16)
            let b = 2 * .pi * Double(k) * v * (Double(y) + 0.5 - 16)
            let value = Double(map.values[y * side + x])
            sums[0] += value * cos(b) * cos(a)
            sums[1] += value * cos(b) * sin(a)
            sums[2] += value * sin(b) * cos(a)
            sums[3] += value * sin(b) * sin(a)
          }
        }
        return sums.map { Float($0) }
      }
    }
    var best = -Double.infinity
    for phase in 0..<phases {
      var gain = 0.0
      for (m, change) in [u, v].enumerated() {
        let width = abs(change)
        let centre = change > 0 ? 1 - width / 2 : width / 2
        var (numerator, energy) = (0.0, 1e-9)
        for k in 1...harmonics {
          let size = sin(.pi * Double(k) * width) / (.pi * Double(k))
          energy += 2 * Double(maps[m].count) * size * size
        }
        for y in 0..<side {
          for x in 0..<side {
            let place =
              u * (Double(x) + 0.5 - 16) + v * (Double(y) + 0.5 - 16)
              + Double(phase) / Double(phases)
            // The box as its Fourier series, without its mean.
            let box = (1...harmonics).reduce(0.0) { sum, k in
              let size = sin(.pi * Double(k) * width) / (.pi * Double(k))
              return sum + 2 * size * cos(2 * .pi * Double(k) * (place - centre))
            }
            numerator += box * Double(maps[m].values[y * side + x])
          }
        }
        let range = change > 0 ? ranges[m].more : ranges[m].less
        let size = min(max(numerator / energy, Double(range.0)), Double(range.1))
        gain += size * numerator - size * size * energy / 2
      }
      best = max(best, gain)
    }
    var (gain, phase) = ([Float](repeating: 0, count: 1), [Int32](repeating: 0, count: 1))
    products[0].withUnsafeBufferPointer { first in
      products[1].withUnsafeBufferPointer { second in
        ones.withUnsafeBufferPointer { ones in
          let evidence = zip([first, second], zip(maps, ranges)).map { products, rest in
            rg_lattice_evidence(
              products: products.baseAddress, noise: ones.baseAddress, n: Float(rest.0.count),
              more: rest.1.more, less: rest.1.less)
          }
          var boxes = [[Float]](
            repeating: [Float](repeating: 0, count: 2 * harmonics), count: 2)
          rg_lattice_boxes([u], 1, harmonics, &boxes[0])
          rg_lattice_boxes([v], 1, harmonics, &boxes[1])
          frequencies(u, boxes[0]) { u in
            frequencies(v, boxes[1]) { v in
              rg_lattice_likelihood(evidence, side, u, v, harmonics, phases, &gain, &phase)
            }
          }
        }
      }
    }
    #expect(abs(Double(gain[0]) - best) < 1e-3 * max(1, abs(best)), "\(gain[0]) \(best)")
  }

  private func frequencies(
    _ value: Double, _ boxes: [Float], _ body: (rg_lattice_frequencies) -> Void
  ) {
    withUnsafePointer(to: value) { value in
      boxes.withUnsafeBufferPointer {
        body(rg_lattice_frequencies(values: value, boxes: $0.baseAddress, count: 1))
      }
    }
  }

  @Test("noise is the smoothed spectrum, never too low, and high where changes are slow")
  func spectrum() {
    let (size, n, floor) = (24, Float(500), Float(1))
    let map = Synthetic.noise("spectrum", shape: [size, size]) { 1.6 * $0 }.elements
    /// Σ T a(2π v y / size) b(2π u x / size), with x and y from the middle.
    func product(_ v: Int, _ u: Int, _ a: (Double) -> Double, _ b: (Double) -> Double) -> Double {
      let turn = 2 * Double.pi / Double(size)
      var sum = 0.0
      for y in 0..<size {
        for x in 0..<size {
          sum +=
            Double(map[y * size + x]) * a(turn * Double(v) * (Double(y) - 11.5))
            * b(turn * Double(u) * (Double(x) - 11.5))
        }
      }
      return sum
    }
    func power(_ v: Int, _ u: Int) -> Double {
      guard u > 0 || v > 0 else { return 0 }
      let real = product(v, u, cos, cos) - product(v, u, sin, sin)
      let imaginary = product(v, u, sin, cos) + product(v, u, cos, sin)
      return (real * real + imaginary * imaginary) / Double(n)
    }
    let powers = (0..<size).map { v in (0..<size).map { u in power(v, u) } }
    // What the kernel gets: up to Nyquist's frequency.
    let count = size / 2 + 1
    let products = [cos, sin].flatMap { a in
      (0..<count).flatMap { v in
        [cos, sin].flatMap { b in (0..<count).map { u in Float(product(v, u, a, b)) } }
      }
    }
    let taps = (-8...8).map { exp(-0.125 * Double($0 * $0)) }
    let sum = taps.reduce(0, +)
    var (noise, scratch) = ([Float](repeating: 0, count: size * size), [Float]())
    scratch = noise
    rg_lattice_noise(products, size, n, floor, &noise, &scratch)
    for (v, u) in [(0, 0), (5, 5), (5, 6), (6, 5), (12, 12), (23, 1), (17, 3), (3, 18)] {
      var smooth = 0.0
      for i in -8...8 {
        for j in -8...8 {
          smooth +=
            taps[i + 8] * taps[j + 8] / (sum * sum)
            * powers[(v + i + size) % size][(u + j + size) % size]
        }
      }
      let isSlow = min(u, size - u) < 6 && min(v, size - v) < 6
      let expected = max(smooth, Double(floor)) * (isSlow ? 100 : 1)
      #expect(abs(Double(noise[v * size + u]) / expected - 1) < 1e-4)
    }
    #expect(noise.contains(floor))
  }

  @Test("pixels are put back, and what was left out is the mean of opposite neighbours")
  func reading() {
    let (height, width) = (7, 9)
    // The original is linear in place, and every other row and column of it is seen.
    func original(_ x: Int, _ y: Int, _ c: Int) -> Float { Float(3 * x - 2 * y + c) / 16 }
    var image = [Float](repeating: 99, count: 3 * height * width)
    for y in 0..<height / 2 {
      for x in 0..<width / 2 {
        for c in 0..<3 { image[3 * (y * width + x) + c] = original(2 * x + 1, 2 * y + 1, c) }
      }
    }
    var out = [Float](repeating: 5, count: image.count)
    var known = [UInt8](repeating: 5, count: (height + 2) * (width + 2))
    rg_lattice_read(image, height, width, [2, 0, 0, 0, 2, 0], 0.1, &out, &known)
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        for c in 0..<3 {
          #expect(abs(out[3 * (y * width + x) + c] - original(x, y, c)) < 1e-5, "\(x) \(y)")
        }
      }
    }
    rg_lattice_read(image, height, width, [1, 0, 0, 0, 1, 0], 0.1, &out, &known)
    #expect(out == image)
    // Nothing of the original is seen: there is nothing to fill it with.
    rg_lattice_read(image, height, width, [1, 0, 100, 0, 1, .nan], 0.1, &out, &known)
    #expect(out.allSatisfy { $0 == 0 })
  }
}
