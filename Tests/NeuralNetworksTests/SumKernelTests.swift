import CKernels
import Testing

/// The kernels that sum over rows against plain loops in double precision.
@Suite("Sums over rows")
struct SumKernelTests {
  /// Fewer channels than a vector, vectors folded from several rows, whole blocks, and all kinds of
  /// rests.
  static let shapes = [
    (rows: 7, channels: 3), (1, 16), (133, 16), (70, 32), (65, 48), (40, 64), (33, 150),
  ]

  private struct Case {
    let rows: Int
    let channels: Int
    let x: [Float]
    let dy: [Float]
    let mean: [Float]
    let scale: [Float]
    let bias: [Float]

    init(_ shape: (rows: Int, channels: Int)) {
      (rows, channels) = shape
      let count = rows * channels
      x = noise([count], seed: 1).elements
      dy = noise([count], seed: 2).elements
      mean = noise([channels], seed: 3).elements
      scale = noise([channels], seed: 4).elements
      bias = noise([channels], seed: 5).elements
    }

    /// What each element adds to its channel's sum.
    func sums(_ term: (_ index: Int, _ channel: Int) -> Float) -> [Double] {
      var sums = [Double](repeating: 1, count: channels)
      for index in 0..<rows * channels {
        sums[index % channels] += Double(term(index, index % channels))
      }
      return sums
    }

    func isClose(_ a: [Double], _ b: [Double]) -> Bool {
      zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 * Double(rows) }
    }
  }

  @Test("of columns", arguments: shapes)
  func columns(shape: (rows: Int, channels: Int)) {
    let data = Case(shape)
    var sums = [Double](repeating: 1, count: data.channels)
    rg_column_sums(data.x, data.rows, data.channels, &sums)
    #expect(data.isClose(sums, data.sums { index, _ in data.x[index] }))
  }

  @Test("of differences and their squares", arguments: shapes)
  func moments(shape: (rows: Int, channels: Int)) {
    let data = Case(shape)
    var sums = [Double](repeating: 1, count: data.channels)
    var squares = sums
    rg_batch_norm_sums(data.x, data.mean, data.rows, data.channels, &sums, &squares)
    #expect(data.isClose(sums, data.sums { data.x[$0] - data.mean[$1] }))
    #expect(
      data.isClose(
        squares,
        data.sums { (data.x[$0] - data.mean[$1]) * (data.x[$0] - data.mean[$1]) }))
  }

  @Test("of batch norm's gradients, with and without ReLU", arguments: shapes, [false, true])
  func gradients(shape: (rows: Int, channels: Int), relu: Bool) {
    let data = Case(shape)
    var sums = [Double](repeating: 1, count: data.channels)
    var products = sums
    rg_batch_norm_gradient_sums(
      data.x, data.dy, data.mean, data.scale, data.bias, relu ? 1 : 0, data.rows, data.channels,
      &sums, &products)
    func gradient(_ index: Int, _ channel: Int) -> Float {
      let y = data.scale[channel] * (data.x[index] - data.mean[channel]) + data.bias[channel]
      return relu && y <= 0 ? 0 : data.dy[index]
    }
    #expect(data.isClose(sums, data.sums(gradient)))
    #expect(
      data.isClose(
        products, data.sums { gradient($0, $1) * (data.x[$0] - data.mean[$1]) }))
  }
}
