import Tensors

/// The names that a state dict's pickle may ask for. There are no others, and none is ever run as
/// code: each stands for something that `Unpickler` does itself.
enum PickleGlobal {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case storage(NumberType)
  case size
  case device
  case elementType

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("torch", _) where Self.elementTypes.contains(name): self = .elementType
    case ("torch", _), ("torch.cuda", _):
      guard let type = NumberType.torchStorages[name] else { return nil }
      self = .storage(type)
    default: return nil
    }
  }

  private static let elementTypes: Set<String> = [
    "float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool",
  ]
}

extension NumberType {
  /// The types of `torch`'s typed storages.
  static let torchStorages: [String: NumberType] = [
    "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "FloatStorage": .float32,
    "DoubleStorage": .float64, "CharStorage": .int8, "ByteStorage": .uint8,
    "ShortStorage": .int16, "IntStorage": .int32, "LongStorage": .int64, "BoolStorage": .bool,
  ]
}
