import Support

/// Which of a file's state dicts is taken, and which network in it.
struct StateDictChoice {
  let stateDict: StoredStateDict
  let network: NetworkInStateDict
  /// The titles of the state dicts that were not taken.
  let others: [String]

  /// Takes the one that was asked for, else the best of those that are a known network: averaged
  /// weights first, as timm does, then the usual names.
  ///
  /// - Parameters:
  ///   - wanted: the keys that lead to it, joined by dots, with the prefix of a network in it where
  ///     it holds several; `nil` leaves the choice to us.
  ///   - identify: the model that has exactly such tensors, or `nil`.
  /// - Throws: `UserError` when there is none of that name, or no reason to take one of several.
  init(
    from stateDicts: [StoredStateDict], wanted: String?, path: String,
    identify: ([String: [Int]]) -> String?
  ) throws {
    if let wanted {
      (stateDict, network) = try Self.named(wanted, stateDicts, path, identify)
    } else {
      (stateDict, network) = try Self.best(stateDicts, path, identify)
    }
    let taken = stateDict.name
    others = stateDicts.filter { $0.name != taken }.map(\.title)
  }

  private typealias Choice = (StoredStateDict, NetworkInStateDict)

  private static func best(
    _ stateDicts: [StoredStateDict], _ path: String, _ identify: ([String: [Int]]) -> String?
  ) throws -> Choice {
    let all = stateDicts.map { ($0, NetworkInStateDict(in: $0, identify: identify)) }
    let known = all.filter { $0.1.model != nil }
    let ranked = (known.isEmpty ? all : known).map { (rank: rank($0.0.name), choice: $0) }
    guard let best = ranked.map(\.rank).min() else { throw UserError("\(path): holds no tensors") }
    let equals = ranked.filter { $0.rank == best }.map(\.choice)
    if known.isEmpty { try checkSingleNetwork(all.map(\.0), path, identify) }
    guard equals.count == 1 || known.isEmpty else {
      let names = equals.map { label($0.0.title, $0.1) }
      throw UserError(
        "\(path): holds several networks: \(names.abridged)", remedy: "choose with --state-dict")
    }
    return equals[0]
  }

  /// - Throws: `UserError` that names known networks which lie beside others in one state dict.
  private static func checkSingleNetwork(
    _ stateDicts: [StoredStateDict], _ path: String, _ identify: ([String: [Int]]) -> String?
  ) throws {
    let parts = stateDicts.flatMap { stateDict in
      NetworkInStateDict.networks(in: stateDict, identify: identify).map {
        (place: joined(stateDict.name, $0.prefix), network: $0)
      }
    }
    guard let first = parts.first else { return }
    let places = parts.map { label($0.place, $0.network) }.abridged
    guard parts.count == 1 else {
      throw UserError(
        "\(path): holds several networks: \(places)", remedy: "choose with --state-dict")
    }
    throw UserError(
      "\(path): holds \(places) among other tensors (\(first.network.bookkeeping.abridged))",
      remedy: "choose it with --state-dict \(first.place.printable)")
  }

  private static func named(
    _ wanted: String, _ stateDicts: [StoredStateDict], _ path: String,
    _ identify: ([String: [Int]]) -> String?
  ) throws -> Choice {
    if let found = stateDicts.first(where: { $0.name == wanted }) {
      return (found, NetworkInStateDict(in: found, identify: identify))
    }
    for stateDict in stateDicts {
      for network in NetworkInStateDict.networks(in: stateDict, identify: identify)
      where joined(stateDict.name, network.prefix) == wanted {
        return (stateDict, network)
      }
    }
    let names = stateDicts.map(\.name).filter { !$0.isEmpty }
    throw UserError(
      "\(path): holds no state dict named \(wanted.printable)",
      remedy: names.isEmpty
        ? "it is one itself; omit --state-dict" : "it has \(names.abridged)")
  }

  private static func label(_ place: String, _ network: NetworkInStateDict) -> String {
    network.model.map { "\(place) (\($0))" } ?? place
  }

  /// `state_dict` and `teacher.` as `state_dict.teacher`.
  private static func joined(_ name: String, _ prefix: String) -> String {
    [name, String(prefix.dropLast())].filter { !$0.isEmpty }.joined(separator: ".")
  }

  /// Averaged weights are what is evaluated; timm's order comes first.
  private static let usual = [
    "state_dict_ema", "model_ema", "", "state_dict", "model_state_dict", "model", "net", "network",
    "module", "weights",
  ]

  private static func rank(_ name: String) -> Int {
    if let place = usual.firstIndex(of: name) { return place < 2 ? place : place + 1 }
    let words = name.lowercased().split { $0 == "." || $0 == "_" }
    if words.contains(where: { ["ema", "swa", "averaged", "average"].contains($0) }) { return 2 }
    // E.g. `model.state_dict`.
    let inner = name.split(separator: ".").compactMap { usual.firstIndex(of: String($0)) }
    return inner.min().map { $0 + 1 + usual.count } ?? 3 * usual.count
  }
}
