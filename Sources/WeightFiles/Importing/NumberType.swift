/// The element types of tensors in PyTorch and safetensors files.
enum NumberType: Equatable {
  case float16, bfloat16, float32, float64
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64
  case bool

  /// Bytes an element.
  var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The type of one of `torch`'s typed storages, e.g. `HalfStorage`.
  init?(torchStorage name: String) {
    switch name {
    case "HalfStorage": self = .float16
    case "BFloat16Storage": self = .bfloat16
    case "FloatStorage": self = .float32
    case "DoubleStorage": self = .float64
    case "CharStorage": self = .int8
    case "ByteStorage": self = .uint8
    case "ShortStorage": self = .int16
    case "IntStorage": self = .int32
    case "LongStorage": self = .int64
    case "BoolStorage": self = .bool
    default: return nil
    }
  }

  /// The type of one of safetensors' `dtype`s, e.g. `BF16`.
  init?(safetensors name: String) {
    switch name {
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    case "F32": self = .float32
    case "F64": self = .float64
    case "I8": self = .int8
    case "U8": self = .uint8
    case "I16": self = .int16
    case "U16": self = .uint16
    case "I32": self = .int32
    case "U32": self = .uint32
    case "I64": self = .int64
    case "U64": self = .uint64
    case "BOOL": self = .bool
    default: return nil
    }
  }
}
