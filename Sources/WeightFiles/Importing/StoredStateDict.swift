import Tensors

/// A state dict in a file, known by names and shapes; its tensors are read when they are asked for.
struct StoredStateDict {
  /// The keys that lead to it, joined by dots, e.g. `state_dict_ema` or `ema.module`; empty when the
  /// file itself is the state dict.
  let name: String
  /// The tensors in their order.
  let tensors: [(name: String, shape: [Int])]
  /// Reads the tensor at a position.
  ///
  /// - Throws: `UserError` naming file and tensor when it is damaged.
  let read: (Int) throws -> Tensor

  /// How messages call it.
  var title: String { name.isEmpty ? "the tensors of the file itself" : name.printable }
}
