import CKernels
import COpenBLAS
import Support

/// Matrix products by OpenBLAS, each on the thread that calls: our own `ThreadPool` shares out the
/// work, so that OpenBLAS's threads, oneDNN's and ours do not fight for the cores.
public enum BLAS {
  /// Version, options and the kernels that OpenBLAS chose, for the record of a result.
  public static var description: String { String(cString: rg_blas_description()) }

  /// Bytes of memory that a process must be allowed to have to multiply on so many threads: OpenBLAS takes
  /// 128 MB of addresses for each, and tries for ever where it gets none.
  public static func leastMemory(threads: Int) -> Int {
    RG_BLAS_LEAST_MEMORY + max(threads - 4, 0) * 136 << 20
  }

  /// - Throws: `UserError` when OpenBLAS could not be loaded.
  public static func checkAvailable() throws {
    guard let error = rg_blas_error() else { return }
    throw UserError(
      "OpenBLAS cannot be loaded: \(String(cString: error))",
      remedy: "install it (Debian: libopenblas0; Scripts/bootstrap does)")
  }

  /// A factor of a product, row-major: the first element, floats from row to row, and whether it is
  /// stored the other way round.
  public struct Factor {
    let pointer: UnsafePointer<Float>
    let stride: Int
    let transposed: Bool

    /// - Parameters:
    ///   - pointer: the first element.
    ///   - stride: elements from row to row as they lie in memory.
    ///   - transposed: whether the factor is the transpose of what lies there.
    @inline(__always)
    public init(_ pointer: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
      self.pointer = pointer
      self.stride = stride
      self.transposed = transposed
    }
  }

  /// Whether products are cut into small ones, which OpenBLAS's AVX-512 kernels compute at 97 % of
  /// the processor's peak, without copying the factors first as they do in large ones (85 to 90 %).
  public static let cutsProducts = rg_blas_small_products() != 0

  /// Whether a row of a product has the same bits whatever rows are beside it. The kernels for small products
  /// add up each element alike; those for AVX2 take twelve rows at a time, and add up the first and the last
  /// six of them otherwise.
  public static var rowsAreIndependent: Bool { cutsProducts }

  /// The largest rows · columns · inner of one call: what OpenBLAS takes for small, or anything.
  private static let largest = cutsProducts ? 1_000_000 : 1 << 60

  /// Rows of a right factor in one call: 131 kB in panels of 64 columns, or all.
  private static let depth = cutsProducts ? 512 : 1 << 30

  /// c `[rows, columns]` = a `[rows, inner]` · b `[inner, columns]` + beta · c.
  public static func multiply(
    rows: Int, columns: Int, inner: Int, _ a: Factor, _ b: Factor,
    beta: Float = 0, into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    // Rows of b that lie a large power of two apart share few places in the nearest cache.
    if !b.transposed, b.stride <= 1024, rows * columns * inner > largest {
      for first in Swift.stride(from: 0, to: columns, by: PanelMatrix.width) {
        multiplyCut(
          rows: rows, columns: min(PanelMatrix.width, columns - first), inner: inner,
          a, .init(b.pointer + first, stride: b.stride), beta: beta, into: c + first,
          stride: stride)
      }
    } else {
      call(
        rows: rows, columns: columns, inner: inner, a, b, beta: beta, into: c,
        stride: stride)
    }
  }

  /// c `[rows, columns]` = a `[rows, inner]` · b + beta · c.
  public static func multiply(
    rows: Int, _ a: Factor, _ b: PanelMatrix, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for first in Swift.stride(from: 0, to: b.columns, by: PanelMatrix.width) {
      let width = min(PanelMatrix.width, b.columns - first)
      let panel = Factor(b.pointer + first * b.inner, stride: width)
      multiplyCut(
        rows: rows, columns: width, inner: b.inner, a, panel, beta: beta, into: c + first,
        stride: stride)
    }
  }

  /// Rows that `multiply(rows:_:inner:vector:into:)` takes at least.
  public static let leastRowsByVector = 16

  /// c `[rows]` = a `[rows, inner]` · x `[inner]`, with the bits of a column of a product where
  /// `rowsAreIndependent`, and as fast as a comes from memory.
  public static func multiply(
    rows: Int, _ a: Factor, inner: Int, vector x: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>
  ) {
    rg_linear(a.pointer, a.stride, x, inner, part(of: inner), rows, c)
  }

  /// How much of a sum's length one call takes.
  private static func part(of inner: Int) -> Int {
    let parts = (inner + depth - 1) / depth
    return max((inner + parts - 1) / max(parts, 1), 1)
  }

  /// One panel's product in calls of equal size.
  private static func multiplyCut(
    rows: Int, columns: Int, inner: Int, _ a: Factor, _ b: Factor,
    beta: Float, into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let part = part(of: inner)
    let most = max(largest / max(columns * part, 1) / 6 * 6, 1)
    let pieces = (rows + most - 1) / most
    // Multiples of six rows are what the kernels do at a time.
    let piece = min(((rows + pieces - 1) / max(pieces, 1) + 5) / 6 * 6, most)
    for from in Swift.stride(from: 0, to: inner, by: part) {
      for row in Swift.stride(from: 0, to: rows, by: max(piece, 1)) {
        let corner = a.transposed ? from * a.stride + row : row * a.stride + from
        call(
          rows: min(piece, rows - row), columns: columns, inner: min(part, inner - from),
          Factor(a.pointer + corner, stride: a.stride, transposed: a.transposed),
          Factor(b.pointer + from * b.stride, stride: b.stride), beta: from == 0 ? beta : 1,
          into: c + row * stride, stride: stride)
      }
    }
  }

  @inline(__always)
  private static func call(
    rows: Int, columns: Int, inner: Int, _ a: Factor, _ b: Factor, beta: Float,
    into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    rg_sgemm(
      a.transposed ? 1 : 0, b.transposed ? 1 : 0, Int32(rows), Int32(columns), Int32(inner), 1,
      a.pointer, Int32(a.stride), b.pointer, Int32(b.stride), beta, c, Int32(stride))
  }
}
