import Support
import Tensors

/// Finds the state dict in what a pickle made and reads its tensors out of the file.
struct TorchStateDict {
  let heap: PickleHeap
  let file: MappedFile
  let bigEndian: Bool
  /// Where the bytes of a storage lie in the file, or `nil` when they are not there.
  let locate: (TorchStorage) -> Range<Int>?

  /// The state dict that the value is, or that it holds under `state_dict`, `model_state_dict` or
  /// `model`. A prefix `module.` that all names share (`DataParallel`) is taken off;
  /// `num_batches_tracked` is left out.
  ///
  /// - Throws: `UserError` when there is none, or a tensor does not lie within the file.
  func build(from value: PickleValue) throws -> StateDict {
    guard case .dictionary(var dictionary) = value else { throw notStateDict }
    for key in ["state_dict", "model_state_dict", "model"] {
      if case .dictionary(let inner) = heap.value(key, in: dictionary) {
        dictionary = inner
        break
      }
    }
    let entries = try namedTensors(dictionary)
    guard !entries.isEmpty else { throw notStateDict }
    let prefix = "module."
    let prefixed = entries.allSatisfy { $0.name.hasPrefix(prefix) }
    var budget = TensorBudget(file)
    var weights = StateDict()
    for entry in entries where !StateDict.isStepCounter(entry.name) {
      let name = prefixed ? String(entry.name.dropFirst(prefix.count)) : entry.name
      weights[name] = try read(heap.tensors[entry.tensor], name: name, &budget)
    }
    return weights
  }

  private func namedTensors(_ dictionary: Int) throws -> [(name: String, tensor: Int)] {
    try heap.dictionaries[dictionary].map { entry in
      guard case .text(let name) = entry.key else { throw notStateDict }
      guard case .tensor(let tensor) = entry.value else {
        throw UserError(
          "\(file.path): its entry \"\(name.printable)\" is no tensor, so this is no state dict",
          remedy: Unpickler.advice)
      }
      return (name, tensor)
    }
  }

  private func read(
    _ tensor: TorchTensor, name: String, _ budget: inout TensorBudget
  ) throws -> Tensor {
    let storage = heap.storages[tensor.storage]
    guard let range = locate(storage) else {
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
