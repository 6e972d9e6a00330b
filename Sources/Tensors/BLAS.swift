import COpenBLAS
import Support

/// Matrix products by OpenBLAS, each on the thread that calls: our own `ThreadPool` shares out the
/// work, so that OpenBLAS's threads, oneDNN's and ours do not fight for the cores.
public enum BLAS {
  /// Version, options and the kernels that OpenBLAS chose, for the record of a result.
  public static var description: String { String(cString: rg_blas_description()) }

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

    @inline(__always)
    public init(_ pointer: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
      self.pointer = pointer
      self.stride = stride
      self.transposed = transposed
    }
  }

  /// c `[rows, columns]` = alpha · a `[rows, inner]` · b `[inner, columns]` + beta · c.
  @inline(__always)
  public static func multiply(
    rows: Int, columns: Int, inner: Int, alpha: Float = 1, _ a: Factor, _ b: Factor,
    beta: Float = 0, into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    rg_sgemm(
      a.transposed ? 1 : 0, b.transposed ? 1 : 0, Int32(rows), Int32(columns), Int32(inner), alpha,
      a.pointer, Int32(a.stride), b.pointer, Int32(b.stride), beta, c, Int32(stride))
  }
}
