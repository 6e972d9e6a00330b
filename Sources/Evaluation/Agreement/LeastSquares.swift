/// Small linear least squares.
package enum LeastSquares {
  /// The matrix `[3, 4]`, row by row, that takes pixels x (with a 1 appended) nearest to pixels y, by
  /// the normal equations; where they are singular, as for an image of one colour, a little ridge
  /// keeps them solvable.
  package static func colorMatrix(
    _ x: UnsafeBufferPointer<Float>, _ y: UnsafeBufferPointer<Float>
  ) -> [Double] {
    var gram = [Double](repeating: 0, count: 16)
    var moments = [Double](repeating: 0, count: 12)
    for pixel in stride(from: 0, to: min(x.count, y.count) - 2, by: 3) {
      let input = [Double(x[pixel]), Double(x[pixel + 1]), Double(x[pixel + 2]), 1]
      for row in 0..<4 {
        for column in 0..<4 { gram[row * 4 + column] += input[row] * input[column] }
      }
      for channel in 0..<3 {
        let value = Double(y[pixel + channel])
        for column in 0..<4 { moments[channel * 4 + column] += value * input[column] }
      }
    }
    let ridge = 1e-9 * (gram[0] + gram[5] + gram[10] + gram[15])
    for index in 0..<4 { gram[index * 5] += ridge }
    return (0..<3).flatMap { solve(gram, Array(moments[$0 * 4..<$0 * 4 + 4])) }
  }

  /// Gaussian elimination with partial pivoting of a 4×4 system.
  private static func solve(_ matrix: [Double], _ right: [Double]) -> [Double] {
    var (a, b) = (matrix, right)
    for column in 0..<4 {
      let pivot =
        (column..<4).max { abs(a[$0 * 4 + column]) < abs(a[$1 * 4 + column]) } ?? column
      if pivot != column {
        for index in 0..<4 { a.swapAt(pivot * 4 + index, column * 4 + index) }
        b.swapAt(pivot, column)
      }
      guard a[column * 5] != 0 else { continue }
      for row in column + 1..<max(column + 1, 4) {
        let factor = a[row * 4 + column] / a[column * 5]
        for index in column..<4 { a[row * 4 + index] -= factor * a[column * 4 + index] }
        b[row] -= factor * b[column]
      }
    }
    for row in (0..<4).reversed() {
      for column in row + 1..<max(row + 1, 4) { b[row] -= a[row * 4 + column] * b[column] }
      b[row] = a[row * 5] == 0 ? 0 : b[row] / a[row * 5]
    }
    return b
  }
}
