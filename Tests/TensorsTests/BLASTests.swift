import Tensors
import Testing

@Suite("Matrix products")
struct BLASTests {
  /// a `[rows, inner]` · b `[inner, columns]` + beta · c in double precision.
  private func plain(
    _ a: [Float], _ b: [Float], _ c: [Float], rows: Int, columns: Int, inner: Int, beta: Double
  ) -> [Float] {
    (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      var sum = beta * Double(c[index])
      for k in 0..<inner { sum += Double(a[row * inner + k]) * Double(b[k * columns + column]) }
      return Float(sum)
    }
  }

  private func noise(_ count: Int, _ name: String) -> [Float] {
    var random = RandomStream(seed: 5, purpose: "blas", item: name)
    return (0..<count).map { _ in Float(random.uniform(in: -1...1)) }
  }

  @Test(
    "cut into small ones or not, of panels or not, give what the plain loop gives",
    arguments: [
      (1, 1, 1), (7, 16, 27), (33, 65, 600), (130, 128, 130), (20, 200, 1100), (257, 80, 64),
      (9, 50, 2100),
    ], [Float(0), 1])
  func products(shape: (Int, Int, Int), beta: Float) throws {
    let (rows, columns, inner) = shape
    let a = noise(rows * inner, "a")
    let b = noise(inner * columns, "b")
    let c = noise(rows * columns, "c")
    let expected = plain(
      a, b, c, rows: rows, columns: columns, inner: inner, beta: Double(beta))
    func error(_ product: (UnsafeMutablePointer<Float>) -> Void) -> Float {
      let out = AlignedBuffer(uninitialized: c.count)
      for index in c.indices { out.pointer[index] = c[index] }
      product(out.pointer)
      return expected.indices.map { abs(out.pointer[$0] - expected[$0]) }.max() ?? .infinity
    }
    let tolerance = 2e-6 * Float(inner).squareRoot() * 2
    let panels = AlignedBuffer(uninitialized: b.count)
    for row in 0..<inner {
      for column in 0..<columns {
        let place = PanelMatrix.offset(row: row, column: column, inner: inner, columns: columns)
        panels.pointer[place] = b[row * columns + column]
      }
    }
    var transposed = a
    for row in 0..<rows {
      for k in 0..<inner { transposed[k * rows + row] = a[row * inner + k] }
    }
    var upright = b
    for column in 0..<columns {
      for k in 0..<inner { upright[column * inner + k] = b[k * columns + column] }
    }
    upright.withUnsafeBufferPointer { upright in
      a.withUnsafeBufferPointer { a in
        guard let a = a.baseAddress, let upright = upright.baseAddress else { return }
        #expect(
          error {
            BLAS.multiply(
              rows: rows, columns: columns, inner: inner, .init(a, stride: inner),
              .init(upright, stride: inner, transposed: true), beta: beta, into: $0,
              stride: columns)
          } < tolerance)
      }
    }
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        transposed.withUnsafeBufferPointer { transposed in
          guard let a = a.baseAddress, let b = b.baseAddress,
            let transposed = transposed.baseAddress
          else { return }
          #expect(
            error {
              BLAS.multiply(
                rows: rows, columns: columns, inner: inner, .init(a, stride: inner),
                .init(b, stride: columns), beta: beta, into: $0, stride: columns)
            } < tolerance)
          #expect(
            error {
              BLAS.multiply(
                rows: rows, columns: columns, inner: inner,
                .init(transposed, stride: rows, transposed: true), .init(b, stride: columns),
                beta: beta, into: $0, stride: columns)
            } < tolerance)
          #expect(
            error {
              BLAS.multiply(
                rows: rows, .init(a, stride: inner),
                PanelMatrix(panels.pointer, inner: inner, columns: columns), beta: beta,
                into: $0, stride: columns)
            } < tolerance)
        }
      }
    }
  }
}
