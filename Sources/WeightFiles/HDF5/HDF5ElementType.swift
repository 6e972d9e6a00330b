import CHDF5

/// What the elements of an HDF5 dataset are.
public enum HDF5ElementType: Sendable, Equatable, CustomStringConvertible {
  case float16, bfloat16, float32, float64
  /// An integer of 8 to 64 bits.
  case integer(bits: Int, signed: Bool)
  case text
  /// Anything else, in HDF5's words, e.g. `compound` or `enumeration`.
  case other(String)

  /// The name as NumPy spells it, e.g. `float32` or `uint8`.
  public var description: String {
    switch self {
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32: "float32"
    case .float64: "float64"
    case .integer(let bits, let signed): "\(signed ? "int" : "uint")\(bits)"
    case .text: "text"
    case .other(let name): name
    }
  }

  /// Whether the elements can be read as numbers.
  public var isNumber: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64, .integer: true
    case .text, .other: false
    }
  }

  /// Reads it off a type of the library (call it under the lock).
  init(type: hid_t) {
    let bits = H5Tget_size(type) * 8
    switch H5Tget_class(type) {
    case H5T_INTEGER:
      self = .integer(bits: bits, signed: H5Tget_sign(type) == H5T_SGN_2)
    case H5T_FLOAT:
      self = Self.floatingPoint(type, bits: bits)
    case H5T_STRING: self = .text
    case H5T_ENUM: self = .other("enumeration")
    case H5T_COMPOUND: self = .other("compound")
    case H5T_VLEN: self = .other("variable length")
    case H5T_ARRAY: self = .other("array")
    default: self = .other("unknown")
    }
  }

  private static func floatingPoint(_ type: hid_t, bits: Int) -> HDF5ElementType {
    var sign = 0
    var exponentAt = 0
    var exponentBits = 0
    var mantissaAt = 0
    var mantissaBits = 0
    _ = H5Tget_fields(type, &sign, &exponentAt, &exponentBits, &mantissaAt, &mantissaBits)
    switch (bits, exponentBits, mantissaBits) {
    case (16, 5, 10): return .float16
    case (16, 8, 7): return .bfloat16
    case (32, 8, 23): return .float32
    case (64, 11, 52): return .float64
    default: return .other("floating point of \(bits) bits")
    }
  }
}
