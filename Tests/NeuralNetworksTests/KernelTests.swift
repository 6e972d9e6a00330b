import CKernels
import Testing

/// Kernels by themselves against plain loops: whole vectors, rests and strides wider than a row.
@Suite("Kernels against plain loops")
struct KernelTests {
  /// Below a vector, a vector, with a rest, several.
  static let channelCounts = [1, 3, 15, 16, 17, 32, 50]

  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    noise([count], seed: seed).elements
  }

  @Test("bias, residual and ReLU in any combination", arguments: channelCounts)
  func epilogue(channels: Int) {
    let (rows, stride, other) = (3, channels + 2, channels + 1)
    let before = numbers(rows * stride, seed: 1)
    let bias = numbers(channels, seed: 2)
    let residual = numbers(rows * other, seed: 3)
    for choice in 0..<8 {
      let (adds, joins, cuts) = (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0)
      var out = before
      bias.withUnsafeBufferPointer { bias in
        residual.withUnsafeBufferPointer { residual in
          rg_epilogue(
            &out, stride, adds ? bias.baseAddress : nil, joins ? residual.baseAddress : nil, other,
            cuts ? 1 : 0, rows, channels)
        }
      }
      for row in 0..<rows {
        for c in 0..<stride {
          var expected = before[row * stride + c]
          if c < channels {
            if adds { expected += bias[c] }
            if joins { expected += residual[row * other + c] }
            if cuts { expected = max(expected, 0) }
          }
          #expect(out[row * stride + c] == expected)
        }
      }
    }
  }

  @Test("sums of rows with gaps, with and without ReLU", arguments: channelCounts)
  func addRows(channels: Int) {
    let (rows, stride, other, to) = (5, channels + 3, channels + 1, channels + 2)
    let (a, b) = (numbers(rows * stride, seed: 4), numbers(rows * other, seed: 5))
    for relu in [false, true] {
      var out = [Float](repeating: 7, count: rows * to)
      rg_add_rows(&out, to, a, stride, b, other, relu ? 1 : 0, rows, channels)
      for row in 0..<rows {
        for c in 0..<to {
          let sum = c < channels ? a[row * stride + c] + b[row * other + c] : 7
          #expect(out[row * to + c] == (relu ? max(sum, 0) : sum))
        }
      }
    }
  }

  /// The nearest number whose lower 16 bits are zero; of two that are as near, the even one.
  private func nearest(_ x: Float) -> Float {
    guard x.isFinite else { return x }
    let low = x.bitPattern & 0xFFFF_0000
    let (below, above) = (Float(bitPattern: low), Float(bitPattern: low + 0x1_0000))
    // Past the largest number, what would be the next one decides.
    let step = Double(below) - Double(Float(bitPattern: low &- 0x1_0000))
    let (down, up) = (
      abs(Double(x) - Double(below)),
      abs((above.isFinite ? Double(above) : Double(below) + step) - Double(x))
    )
    return down < up || (down == up && low & 0x1_0000 == 0) ? below : above
  }

  @Test("bfloat16 is the nearest, half to even, and comes back as it is", arguments: channelCounts)
  func bfloat16(channels: Int) {
    let special: [Float] = [
      0, -0.0, 1, 1.00390625, 1.01171875, -1.00390625, .infinity, -.infinity, 3.4e38,
      .leastNonzeroMagnitude,
      Float(bitPattern: 0x3F80_8001), Float(bitPattern: 0x3F80_7FFF), .greatestFiniteMagnitude,
    ]
    let rows = 4
    var values = numbers(rows * channels, seed: 4).map { $0 * 1e3 }
    for (index, value) in special.enumerated() where index < values.count { values[index] = value }
    var narrow = [UInt16](repeating: 0, count: rows * channels)
    rg_to_bfloat16(values, channels, &narrow, channels, rows, channels)
    var wide = [Float](repeating: 0, count: rows * channels)
    rg_from_bfloat16(narrow, channels, &wide, channels, rows, channels)
    for (value, result) in zip(values, wide) {
      #expect(result.bitPattern == nearest(value).bitPattern, "\(value)")
    }
    var again = narrow
    rg_to_bfloat16(wide, channels, &again, channels, rows, channels)
    #expect(again == narrow)
  }

  @Test("not-a-number stays so in bfloat16", arguments: channelCounts)
  func bfloat16NaN(channels: Int) {
    let values = (0..<channels).map { Float(bitPattern: $0 % 2 == 0 ? 0x7F80_0001 : 0xFFFF_FFFF) }
    var narrow = [UInt16](repeating: 0, count: channels)
    rg_to_bfloat16(values, channels, &narrow, channels, 1, channels)
    var wide = [Float](repeating: 0, count: channels)
    rg_from_bfloat16(narrow, channels, &wide, channels, 1, channels)
    #expect(wide.allSatisfy { $0.isNaN })
  }

  @Test("sums, multiples and ReLUs, also in place", arguments: [1, 16, 37])
  func elementwise(count: Int) {
    var (a, b) = (numbers(count, seed: 5), numbers(count, seed: 6))
    a[0] = 0
    var out = b
    rg_combine(&out, 0.75, a, -1.5, out, count)
    // The compiler may keep the product's last bits.
    for i in 0..<count { #expect(abs(out[i] - (0.75 * a[i] - 1.5 * b[i])) < 1e-6) }
    rg_scale(&out, -2, a, count)
    #expect(out == a.map { -2 * $0 })
    b[count - 1] = .nan
    rg_relu(&out, b, count)
    for i in 0..<count - 1 { #expect(out[i] == max(b[i], 0)) }
    #expect(out[count - 1].isNaN)
    var gradient = [Float](repeating: 0, count: count)
    rg_relu_gradient(&gradient, b, a, count - 1)
    for i in 0..<count - 1 { #expect(gradient[i] == (a[i] > 0 ? b[i] : 0)) }
  }

  @Test("rows are copied, with gaps and without", arguments: channelCounts)
  func rows(channels: Int) {
    let from = numbers(4 * (channels + 3), seed: 7)
    var to = [Float](repeating: 9, count: 4 * (channels + 1))
    rg_copy_rows(&to, channels + 1, from, channels + 3, 4, channels)
    for row in 0..<4 {
      #expect(
        to[row * (channels + 1)..<row * (channels + 1) + channels].elementsEqual(
          from[row * (channels + 3)..<row * (channels + 3) + channels]))
      #expect(to[row * (channels + 1) + channels] == 9)
    }
    var dense = [Float](repeating: 9, count: 4 * channels + 1)
    rg_copy_rows(&dense, channels, from, channels, 4, channels)
    #expect(dense == Array(from.prefix(4 * channels)) + [9])
  }

  /// Which pixel of the image each number of a patch is; `nil` outside.
  private struct Windows {
    let height = 5
    let width = 7
    let channels = 3
    let kernelHeight = 3
    let kernelWidth = 2
    let step: Int
    let padding: Int
    var outWidth: Int { (width + 2 * padding - kernelWidth) / step + 1 }
    var outCount: Int { ((height + 2 * padding - kernelHeight) / step + 1) * outWidth }
    var length: Int { kernelHeight * kernelWidth * channels }

    func pixel(_ p: Int, _ i: Int, _ j: Int) -> Int? {
      let (y, x) = (p / outWidth * step - padding + i, p % outWidth * step - padding + j)
      return 0..<height ~= y && 0..<width ~= x ? y * width + x : nil
    }
  }

  @Test("patches, and their sums back on the pixels", arguments: [(1, 0), (1, 1), (2, 1), (3, 2)])
  func patches(step: Int, padding: Int) {
    let w = Windows(step: step, padding: padding)
    let stride = w.channels + 1
    let image = numbers(w.height * w.width * stride, seed: 10)
    let (first, count, row) = (1, w.outCount - 1, w.length + 2)
    var rows = [Float](repeating: 9, count: count * row)
    rg_patches(
      image, w.height, w.width, w.channels, stride, w.kernelHeight, w.kernelWidth, step, padding,
      w.outWidth, first, count, &rows, row)
    let gradient = numbers(count * row, seed: 11)
    var sums = [Float](repeating: 1, count: w.height * w.width * w.channels)
    var expectedSums = sums.map(Double.init)
    rg_patches_add(
      gradient, row, &sums, w.height, w.width, w.channels, w.kernelHeight, w.kernelWidth, step,
      padding, w.outWidth, first, count)
    for p in 0..<count {
      for i in 0..<w.kernelHeight {
        for j in 0..<w.kernelWidth {
          for c in 0..<w.channels {
            let at = p * row + (i * w.kernelWidth + j) * w.channels + c
            let pixel = w.pixel(first + p, i, j)
            #expect(rows[at] == pixel.map { image[$0 * stride + c] } ?? 0)
            if let pixel { expectedSums[pixel * w.channels + c] += Double(gradient[at]) }
          }
        }
      }
      #expect(rows[p * row + w.length..<(p + 1) * row].allSatisfy { $0 == 9 })
    }
    for (sum, expected) in zip(sums, expectedSums) { #expect(abs(Double(sum) - expected) < 1e-5) }
  }

  @Test("2×2 blocks spread over a batch, and collected again", arguments: channelCounts)
  func spread(channels: Int) {
    let (width, images, height) = (3, 2, 2)
    let (count, stride) = (images * height * width, channels + 1)
    let block = numbers(count * 4 * channels, seed: 12)
    let bias = numbers(channels, seed: 13)
    var image = [Float](repeating: 9, count: count * 4 * stride)
    rg_spread_2x2(block, &image, stride, bias, width, 0, count, channels, 0)
    var dense = [Float](repeating: 0, count: count * 4 * channels)
    rg_spread_2x2(block, &dense, channels, nil, width, 0, count, channels, 0)
    for r in 0..<count {
      for k in 0..<4 {
        let pixel = (2 * (r / width) + k / 2) * 2 * width + 2 * (r % width) + k % 2
        for c in 0..<channels {
          let value = block[(4 * r + k) * channels + c]
          #expect(image[pixel * stride + c] == value + bias[c])
          #expect(dense[pixel * channels + c] == value)
        }
        #expect(image[pixel * stride + channels] == 9)
      }
    }
    var again = [Float](repeating: 0, count: block.count)
    rg_collect_2x2(&again, dense, width, 0, count, channels)
    #expect(again == block)
  }

  @Test(
    "the outer axes change places, part by part", arguments: [(1, 1, 1), (5, 9, 3), (33, 2, 40)])
  func transpose(a: Int, b: Int, c: Int) {
    let from = numbers(a * b * c, seed: 14)
    var to = [Float](repeating: 0, count: from.count)
    for (begin, end) in [(0, a / 2), (a / 2, a)] {
      rg_transpose_outer(from, &to, a, b, c, begin, end)
    }
    for i in 0..<a {
      for j in 0..<b {
        for k in 0..<c { #expect(to[(k * b + j) * a + i] == from[(i * b + j) * c + k]) }
      }
    }
  }

  @Test("differences as squares, absolutes and smooth absolutes", arguments: 0..<3, [1, 513, 1040])
  func losses(kind: Int, count: Int) {
    let (a, b) = (numbers(count, seed: 15), numbers(count, seed: 16))
    let epsilon: Float = 0.125
    func loss(_ d: Double) -> (value: Double, slope: Double) {
      let root = (d * d + Double(epsilon * epsilon)).squareRoot()
      return [(d * d, 2 * d), (abs(d), d > 0 ? 1 : d < 0 ? -1 : 0), (root, d / root)][kind]
    }
    let expected = (0..<count).map { loss(Double(a[$0] - b[$0])) }
    let total = rg_difference_loss(a, b, count, Int32(kind), epsilon)
    let sum = expected.reduce(0) { $0 + $1.value }
    #expect(abs(total - sum) < 1e-6 * sum)
    var gradient = [Float](repeating: 0, count: count)
    rg_difference_loss_gradient(&gradient, a, b, count, Int32(kind), epsilon, 0.5)
    for (value, term) in zip(gradient, expected) {
      #expect(abs(Double(value) - 0.5 * term.slope) < 1e-6)
    }
    let squares = a.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(rg_sum_of_squares(a, count) - squares) < 1e-12 * squares)
  }

  @Test("a mean over a window, in both types", arguments: channelCounts, [false, true])
  func average(channels: Int, isNarrow: Bool) {
    let (height, width, stride) = (4, 5, channels + 1)
    var image = numbers(height * width * stride, seed: 17)
    var narrow = [UInt16](repeating: 0, count: image.count)
    if isNarrow {
      rg_to_bfloat16(image, image.count, &narrow, image.count, 1, image.count)
      rg_from_bfloat16(narrow, image.count, &image, image.count, 1, image.count)
    }
    var out = [Float](repeating: 0, count: channels)
    image.withUnsafeBytes { wide in
      narrow.withUnsafeBytes { narrow in
        rg_average(
          isNarrow ? narrow.baseAddress : wide.baseAddress, width, stride, 1, 4, 2, 4, &out,
          channels, isNarrow ? 1 : 0)
      }
    }
    for c in 0..<channels {
      var sum = 0.0
      for y in 1..<4 { for x in 2..<4 { sum += Double(image[(y * width + x) * stride + c]) } }
      #expect(abs(Double(out[c]) - sum / 6) < 1e-6)
    }
  }

  @Test("θ becomes a grid of pixel centres, and a grid's gradient that of θ", arguments: [6, 8])
  func grid(count: Int) {
    let (height, width) = (3, 4)
    let theta = numbers(6, seed: 18) + [0.3, -0.2].prefix(count - 6)
    var grid = [Float](repeating: 0, count: 2 * height * width)
    rg_theta_grid(theta, Int32(count), height, width, &grid)
    let upstream = numbers(grid.count, seed: 19)
    var gradient = [Float](repeating: 0, count: count)
    rg_theta_grid_gradient(theta, Int32(count), upstream, height, width, &gradient)
    var expected = [Double](repeating: 0, count: 8)
    for y in 0..<height {
      for x in 0..<width {
        let place = [2 * (Double(x) + 0.5) / 4 - 1, 2 * (Double(y) + 0.5) / 3 - 1, 1]
        let w = count == 6 ? 1 : 0.3 * place[0] - 0.2 * place[1] + 1
        for k in 0..<2 {
          let at = 2 * (y * width + x) + k
          let value = (0..<3).reduce(0) { $0 + Double(theta[3 * k + $1]) * place[$1] } / w
          #expect(abs(Double(grid[at]) - value) < 1e-6)
          let slope = Double(upstream[at]) / w
          for j in 0..<3 { expected[3 * k + j] += slope * place[j] }
          for j in 0..<2 { expected[6 + j] -= slope * value * place[j] }
        }
      }
    }
    for k in 0..<count { #expect(abs(Double(gradient[k]) - expected[k]) < 1e-5) }
  }
}
