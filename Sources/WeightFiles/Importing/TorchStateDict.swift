import Support
import Tensors

/// Finds the state dicts in what a pickle made and reads their tensors out of the file.
struct TorchStateDict {
  let heap: PickleHeap
  let file: MappedFile
  let bigEndian: Bool
  /// Where the bytes of a storage lie in the file, or `nil` when they are missing.
  ///
  /// - Throws: `UserError` when they are damaged.
  let locate: (TorchStorage) throws -> Range<Int>?

  /// The state dicts that the value is or holds: dictionaries of tensors alone, under any keys, in
  /// lists too.
  ///
  /// - Throws: `UserError` when there is none.
  func find(in value: PickleValue) throws -> [StoredStateDict] {
    var search = Search()
    collect(value, name: [], into: &search)
    guard !search.found.isEmpty else { throw search.problem ?? notStateDict }
    var budget = TensorBudget(file)
    return search.found.map { keys, entries in
      StoredStateDict(
        name: keys.joined(separator: "."),
        tensors: entries.map { ($0.name, heap.tensors[$0.tensor].shape) }
      ) { position in
        let entry = entries[position]
        return try read(heap.tensors[entry.tensor], name: entry.name, &budget)
      }
    }
  }

  private typealias Entry = (name: String, tensor: Int)

  private struct Search {
    var found: [(keys: [String], entries: [Entry])] = []
    /// Containers that were looked into: a pickle may hold one many times, or itself.
    var visited: Set<Int> = []
    /// Why the first dictionary that has tensors and something else is not a state dict.
    var problem: UserError?
  }

  /// Checkpoints nest a state dict two or three containers deep.
  private static let depthLimit = 6

  private func collect(_ value: PickleValue, name: [String], into search: inout Search) {
    guard name.count <= Self.depthLimit, search.found.count < 1000 else { return }
    switch value {
    case .list(let index), .tuple(let index):
      guard search.visited.insert(-1 - index).inserted else { return }
      for (position, item) in heap.sequences[index].enumerated() {
        collect(item, name: name + ["\(position)"], into: &search)
      }
    case .dictionary(let index):
      guard search.visited.insert(index).inserted else { return }
      if hasTensors(index) {
        do {
          return search.found.append((name, try namedTensors(index)))
        } catch {
          search.problem = search.problem ?? error
        }
      }
      for case (.text(let key), let item) in heap.dictionaries[index] {
        collect(item, name: name + [key], into: &search)
      }
    default: return
    }
  }

  /// Whether a dictionary has tensors, of more than single numbers (those are measures or counters).
  private func hasTensors(_ dictionary: Int) -> Bool {
    heap.dictionaries[dictionary].contains { entry in
      if case .tensor(let tensor) = entry.value {
        !heap.tensors[tensor].shape.isEmpty
      } else {
        false
      }
    }
  }

  /// A later entry of a name counts, as in Python.
  private func namedTensors(_ dictionary: Int) throws(UserError) -> [Entry] {
    var entries: [Entry] = []
    var places: [String: Int] = [:]
    for entry in heap.dictionaries[dictionary] {
      guard case .text(let name) = entry.key else { throw notStateDict }
      guard case .tensor(let tensor) = entry.value else {
        throw UserError(
          "\(file.path): its entry \"\(name.printable)\" is not a tensor, so this is not a state dict",
          remedy: Unpickler.advice)
      }
      if let place = places[name] {
        entries[place].tensor = tensor
      } else {
        places[name] = entries.count
        entries.append((name, tensor))
      }
    }
    return entries
  }

  private func read(
    _ tensor: TorchTensor, name: String, _ budget: inout TensorBudget
  ) throws -> Tensor {
    let storage = heap.storages[tensor.storage]
    guard let range = try locate(storage) else {
      throw UserError(
        "\(file.path): truncated or damaged (the numbers of \(name.printable) are missing)",
        remedy: "copy or download it again")
    }
    let available = range.count / storage.type.size
    let (offset, overflow) = tensor.offset.addingReportingOverflow(storage.offset)
    let (end, carry) = storage.offset.addingReportingOverflow(storage.count)
    guard !overflow, !carry, end <= available,
      let view = StridedView(
        type: storage.type, shape: tensor.shape, strides: tensor.strides, offset: offset,
        available: end)
    else {
      throw UserError(
        "\(file.path): truncated or damaged (\(name.printable) reaches beyond its storage)",
        remedy: "copy or download it again")
    }
    try budget.spend(view.count)
    return view.tensor(
      from: UnsafeRawBufferPointer(rebasing: file.bytes[range]), bigEndian: bigEndian)
  }

  private var notStateDict: UserError {
    UserError("\(file.path): holds no state dict", remedy: Unpickler.advice)
  }
}
