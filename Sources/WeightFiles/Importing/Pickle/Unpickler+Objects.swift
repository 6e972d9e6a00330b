import Support

extension Unpickler {
  /// Names, calls and persistent objects. Returns whether the opcode was one of them.
  mutating func object(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "c"):  // GLOBAL
      let module = try reader.line()
      stack.append(try global(module, try reader.line()))
    case UInt8(ascii: "i"):  // INST
      let module = try reader.line()
      throw refused(module, try reader.line())
    case 0x93:  // STACK_GLOBAL
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed
      }
      stack.append(try global(module, name))
    case UInt8(ascii: "R"), 0x81:  // REDUCE, NEWOBJ
      let arguments = try pop()
      guard case .global(let function) = try pop(), case .tuple(let tuple) = arguments else {
        throw malformed
      }
      stack.append(try call(function, heap.sequences[tuple]))
    case UInt8(ascii: "b"):  // BUILD: a state dict's `_metadata`, which says nothing of use here
      _ = try pop()
      guard case .dictionary = try top() else { throw malformed }
    case UInt8(ascii: "Q"):  // BINPERSID
      guard case .tuple(let tuple) = try pop() else { throw malformed }
      try pushStorage(heap.sequences[tuple])
    default: return false
    }
    return true
  }

  private func global(_ module: String, _ name: String) throws -> PickleValue {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw refused(module, name)
    }
    return .global(global)
  }

  private func refused(_ module: String, _ name: String) -> UserError {
    UserError(
      "\(reader.path): its pickle asks for \(module.printable).\(name.printable); refused",
      remedy: Self.advice)
  }

  /// What a call of an allowed name gives.
  private mutating func call(
    _ function: PickleGlobal, _ arguments: [PickleValue]
  ) throws -> PickleValue {
    switch function {
    case .orderedDictionary: return try orderedDictionary(arguments)
    case .rebuildTensor: return try rebuildTensor(arguments)
    case .rebuildParameter:
      guard let data = arguments.first, case .tensor = data else { throw malformed }
      return data
    case .size:
      guard let extents = arguments.first else { throw malformed }
      return extents
    case .device: return .opaque
    case .storage, .elementType: throw malformed
    }
  }

  /// `OrderedDict()`, or Python 2's `OrderedDict([[key, value], …])`.
  private mutating func orderedDictionary(_ arguments: [PickleValue]) throws -> PickleValue {
    heap.dictionaries.append([])
    let dictionary = heap.dictionaries.count - 1
    guard let pairs = arguments.first else { return .dictionary(dictionary) }
    guard case .list(let list) = pairs else { throw malformed }
    copied += heap.sequences[list].count
    // The same long list, copied again and again, could fill any memory.
    guard copied <= 1 << 20 else { throw malformed }
    for pair in heap.sequences[list] {
      switch pair {
      case .list(let index), .tuple(let index):
        guard heap.sequences[index].count == 2 else { throw malformed }
        try fill(dictionary, with: heap.sequences[index])
      default: throw malformed
      }
    }
    return .dictionary(dictionary)
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, metadata)`.
  private mutating func rebuildTensor(_ arguments: [PickleValue]) throws -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1]
    else { throw malformed }
    let tensor = TorchTensor(
      storage: storage, offset: offset, shape: try integers(arguments[2]),
      strides: try integers(arguments[3]))
    heap.tensors.append(tensor)
    return .tensor(heap.tensors.count - 1)
  }

  private func integers(_ value: PickleValue) throws -> [Int] {
    let index: Int
    switch value {
    case .tuple(let tuple): index = tuple
    case .list(let list): index = list
    default: throw malformed
    }
    // No tensor has more axes; and a long tuple used again and again could fill any memory.
    guard heap.sequences[index].count <= 64 else { throw malformed }
    return try heap.sequences[index].map { value in
      guard case .integer(let number) = value else { throw malformed }
      return number
    }
  }

  /// `("storage", type, key, location, count[, view])`; a legacy view is `(key, offset, count)`.
  private mutating func pushStorage(_ description: [PickleValue]) throws {
    guard description.count >= 5, case .text("storage") = description[0],
      case .global(.storage(let type)) = description[1], case .text(let key) = description[2],
      case .integer(var count) = description[4], count >= 0
    else { throw malformed }
    var offset = 0
    if description.count > 5, case .tuple(let tuple) = description[5] {
      let view = heap.sequences[tuple]
      guard view.count == 3, case .integer(let start) = view[1], start >= 0,
        case .integer(let viewed) = view[2], viewed >= 0
      else { throw malformed }
      offset = start
      count = viewed
    }
    heap.storages.append(TorchStorage(key: key, type: type, count: count, offset: offset))
    stack.append(.storage(heap.storages.count - 1))
  }
}
