/// The tensors of a state dict that make a network, and the names that they have in it.
///
/// What trains a network wraps it, and each wrapper puts its own word before the names: `module.`
/// (DataParallel, AveragedModel), `_orig_mod.` (torch.compile), `model.` (Lightning), in any order.
struct NetworkInStateDict {
  /// What the network is, or `nil` when it is unknown.
  let model: String?
  /// What was taken off the names, e.g. `module._orig_mod.`; empty for nothing.
  let prefix: String
  /// Whether words of `wrappers` were taken out of the names behind the prefix.
  let isUnwrapped: Bool
  /// The tensors' places in the state dict and their names in the network.
  let tensors: [(position: Int, name: String)]
  /// Names of tensors that are not the network's: counters, losses, measures.
  let bookkeeping: [String]

  /// Words that PyTorch inserts anywhere in a name and that no network has of its own.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module",
    "_forward_module",
  ]

  /// Finds the one network that a state dict is, but for what training keeps beside it.
  ///
  /// - Parameter identify: the model that has exactly such tensors, or `nil`.
  init(
    in stateDict: StoredStateDict, identify: ([String: [Int]]) -> String?
  ) {
    let candidates = Self.networks(in: stateDict, identify: identify).filter { network in
      let taken = Set(network.tensors.map(\.position))
      return stateDict.tensors.indices.allSatisfy {
        taken.contains($0) || Self.isBookkeeping(stateDict.tensors[$0])
      }
    }
    self = candidates.first ?? Self.unknown(stateDict)
  }

  private init(
    model: String?, prefix: String, tensors: [(Int, String)], in stateDict: StoredStateDict
  ) {
    self.model = model
    self.tensors = tensors
    let starts = tensors.map { position, name in
      let stored = stateDict.tensors[position].name
      return stored.hasSuffix(name) ? String(stored.dropLast(name.count)) : nil
    }
    isUnwrapped = Set(starts).count > 1 || starts.first == .some(nil)
    self.prefix = isUnwrapped ? prefix : starts.first.flatMap { $0 } ?? ""
    let taken = Set(tensors.map(\.0))
    bookkeeping = stateDict.tensors.enumerated().compactMap { position, tensor in
      taken.contains(position) || StateDict.isStepCounter(tensor.name) ? nil : tensor.name
    }
  }

  /// Every known network that a state dict has under some prefix.
  static func networks(
    in stateDict: StoredStateDict, identify: ([String: [Int]]) -> String?
  ) -> [NetworkInStateDict] {
    let groups = groups(stateDict)
    return groups.keys.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }.compactMap { prefix in
      guard let group = groups[prefix] else { return nil }
      let alone = group.filter { !isBookkeeping(stateDict.tensors[$0.position]) }
      for tensors in alone.count == group.count ? [group] : [group, alone] {
        let shapes = tensors.map { ($0.name, stateDict.tensors[$0.position].shape) }
        let named = Dictionary(shapes) { first, _ in first }
        guard named.count == tensors.count, let model = identify(named) else { continue }
        return NetworkInStateDict(
          model: model, prefix: prefix, tensors: tensors.map { ($0.position, $0.name) },
          in: stateDict)
      }
      return nil
    }
  }

  private typealias Group = [(position: Int, name: String)]

  /// The tensors under each prefix, without it. No wrapping is nested deeper than eight words.
  private static func groups(_ stateDict: StoredStateDict) -> [String: Group] {
    var groups: [String: Group] = [:]
    for (position, tensor) in stateDict.tensors.enumerated() {
      guard !StateDict.isStepCounter(tensor.name) else { continue }
      var words = unwrapped(tensor.name)[...]
      var prefix = ""
      for _ in 0...8 where !words.isEmpty {
        groups[prefix, default: []].append((position, words.joined(separator: ".")))
        prefix += words.removeFirst() + "."
      }
    }
    return groups
  }

  private static func unwrapped(_ name: String) -> [Substring] {
    name.split(separator: ".", omittingEmptySubsequences: false).filter { !wrappers.contains($0) }
  }

  /// A state dict of no known network, without what is certain to be no part of it: the words of
  /// `wrappers`, and `module.` before all names.
  private static func unknown(_ stateDict: StoredStateDict) -> NetworkInStateDict {
    var tensors = stateDict.tensors.enumerated().filter { !StateDict.isStepCounter($1.name) }.map {
      (position: $0, words: unwrapped($1.name)[...])
    }
    let networks = tensors.filter { !isBookkeeping(stateDict.tensors[$0.position]) }
    let wrapped =
      networks.map { $0.words.dropLast().prefix { $0 == "module" }.count }.min() ?? 0
    if wrapped > 0 { tensors = networks }
    let named = tensors.map { ($0.position, $0.words.dropFirst(wrapped).joined(separator: ".")) }
    guard Set(named.map(\.1)).count == named.count else {
      let names = stateDict.tensors.enumerated().map { ($0, $1.name) }
      return NetworkInStateDict(model: nil, prefix: "", tensors: names, in: stateDict)
    }
    return NetworkInStateDict(
      model: nil, prefix: String(repeating: "module.", count: wrapped), tensors: named,
      in: stateDict)
  }

  /// Whether a tensor is not part of a network: a single number (networks for images have none), or one
  /// whose name speaks of a loss or a measure, as Lightning keeps them beside the network.
  static func isBookkeeping(_ tensor: (name: String, shape: [Int])) -> Bool {
    if StateDict.isStepCounter(tensor.name) || tensor.shape.isEmpty { return true }
    return tensor.name.lowercased().split(whereSeparator: { $0 == "." || $0 == "_" }).contains {
      word in
      word.hasSuffix("loss") || word.hasPrefix("loss") || word.hasPrefix("metric")
        || measures.contains(word)
    }
  }

  private static let measures: Set<Substring> = [
    "criterion", "criteria", "acc", "acc1", "acc5", "top1", "top5", "accuracy", "auroc", "auc",
    "f1",
    "precision", "recall", "confmat",
  ]
}
