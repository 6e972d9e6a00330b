import CKernels

/// The arithmetic of inference. Accumulation is always in float32.
public enum Precision: String, CaseIterable, Sendable, Codable {
  case float32
  case bfloat16
}

/// What an activation is stored as between the layers of a network; sums are always in float32.
public protocol ActivationElement: Sendable, BitwiseCopyable {
  /// The name of the arithmetic.
  static var precision: Precision { get }
}

extension ActivationElement {
  /// As the kernels in C take it.
  static var isNarrow: Int32 { precision == .bfloat16 ? 1 : 0 }
}

extension Float: ActivationElement {
  /// 32 bits, as everything but activations is in any precision.
  public static var precision: Precision { .float32 }
}

/// The upper half of a 32-bit float: its range, with 8 significant bits.
public struct BFloat16: ActivationElement {
  /// Sign, 8 bits of exponent, 7 of the fraction: the upper half of the float's.
  public var bitPattern: UInt16

  /// The number of these bits.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// 16 bits.
  public static var precision: Precision { .bfloat16 }
}

extension Activations where Element: ActivationElement {
  /// Takes over the numbers of a view of the same shape in either precision, rounded to nearest
  /// even where this one is narrower.
  func convert<Other: ActivationElement>(from other: Activations<Other>) {
    // Few channels make short rows; without gaps all is one row.
    let isWhole = isDense && other.isDense
    let (rows, columns) = isWhole ? (1, pixels * channels) : (pixels, channels)
    let (to, from) = (UnsafeMutableRawPointer(pointer), UnsafeMutableRawPointer(other.pointer))
    switch (Element.precision, Other.precision) {
    case (.bfloat16, .float32):
      rg_to_bfloat16(
        from.assumingMemoryBound(to: Float.self), other.pixelStride,
        to.assumingMemoryBound(to: UInt16.self), pixelStride, rows, columns)
    case (.float32, .bfloat16):
      rg_from_bfloat16(
        from.assumingMemoryBound(to: UInt16.self), other.pixelStride,
        to.assumingMemoryBound(to: Float.self), pixelStride, rows, columns)
    case (.float32, .float32), (.bfloat16, .bfloat16):
      copy(
        from: Activations(
          from.assumingMemoryBound(to: Element.self), batch: other.batch, height: other.height,
          width: other.width, channels: other.channels, pixelStride: other.pixelStride))
    }
  }
}
