/// A matrix `[inner, columns]` stored as a product's right factor is read: in panels of `width`
/// columns, one after the other, each dense row-major `[inner, width]` (the last one narrower).
///
/// Does not own its memory; whoever makes one keeps the buffer alive.
public struct PanelMatrix {
  /// The first element.
  public let pointer: UnsafePointer<Float>
  /// Rows, the length of the sums of a product.
  public let inner: Int
  /// Columns, those of the product.
  public let columns: Int

  /// Columns of a panel: wider where OpenBLAS copies factors anyway, as it has no fast way for small
  /// products.
  public static let width = BLAS.cutsProducts ? 64 : 256

  /// - Parameter pointer: `inner · columns` elements, panel after panel.
  @inline(__always)
  public init(_ pointer: UnsafePointer<Float>, inner: Int, columns: Int) {
    self.pointer = pointer
    self.inner = inner
    self.columns = columns
  }

  /// Where an element lies, as the number of floats before it.
  @inline(__always)
  public static func offset(row: Int, column: Int, inner: Int, columns: Int) -> Int {
    let first = column / width * width
    return first * inner + row * min(width, columns - first) + column - first
  }

  /// Copies rows of a dense matrix `[inner, columns]`, row-major, to where they lie in panels.
  public static func pack(
    _ rows: Range<Int>, of matrix: UnsafePointer<Float>, inner: Int, columns: Int,
    into panels: UnsafeMutablePointer<Float>
  ) {
    for first in stride(from: 0, to: columns, by: width) {
      let own = min(width, columns - first)
      for row in rows {
        (panels + first * inner + row * own).update(
          from: matrix + row * columns + first, count: own)
      }
    }
  }

  /// Columns `range` alone, which must begin where a panel begins and end where one ends.
  public func panels(_ range: Range<Int>) -> PanelMatrix {
    PanelMatrix(pointer + range.lowerBound * inner, inner: inner, columns: range.count)
  }
}
