import Tensors

/// What a state dict's pickle is made of. Containers are numbers of places in `PickleHeap`, so that
/// no depth of nesting, and no cycle, can exhaust the stack.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer beyond 64 bits: little-endian two's complement.
  case bigInteger([UInt8])
  case real(Double)
  case text(String)
  case bytes
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  /// Something harmless and unused, e.g. a device.
  case opaque
}

/// The containers, storages and tensors that a pickle makes.
struct PickleHeap {
  /// Tuples and lists.
  var sequences: [[PickleValue]] = []
  /// Dictionaries, as they were filled; a later entry of the same key counts.
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [TorchStorage] = []
  var tensors: [TorchTensor] = []

  /// A dictionary's value for a text key.
  func value(_ key: String, in dictionary: Int) -> PickleValue? {
    dictionaries[dictionary].last { entry in
      if case .text(let text) = entry.key { text == key } else { false }
    }?.value
  }
}

/// A stretch of numbers in the file that tensors may share.
struct TorchStorage {
  /// The name of the zip entry or the key in the legacy format.
  let key: String
  let type: NumberType
  /// How many elements.
  let count: Int
  /// Where it starts within the storage of that key, in elements (legacy views).
  let offset: Int
}

/// A tensor as `torch._utils._rebuild_tensor_v2` is told to make it; nothing is checked yet.
struct TorchTensor {
  /// Which of the heap's storages.
  let storage: Int
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}
