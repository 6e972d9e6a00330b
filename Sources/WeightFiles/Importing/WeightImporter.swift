import Support

/// Reads weights from the files that PyTorch's users have, without Python and without running
/// anything that a file asks for.
public enum WeightImporter {
  /// Reads PyTorch's `.pth` (zip or legacy format), a safetensors file, or an HDF5 file. The kind is
  /// recognised by the content.
  ///
  /// All numbers become float32; `num_batches_tracked` is left out, and what training wraps around a
  /// network is taken off the names (see `NetworkInStateDict`).
  ///
  /// - Parameters:
  ///   - stateDict: which of the file's state dicts, by its keys, e.g. `state_dict_ema`; `nil` takes
  ///     the best one.
  ///   - identify: the model that has exactly such tensors by name and shape, or `nil`.
  /// - Throws: `UserError` naming the file when it is missing, truncated, damaged, of another kind,
  ///   when its content is not what its name's hash promises, when its pickle asks for anything but
  ///   tensors and plain containers, and when it is not clear which state dict to take.
  public static func importFile(
    _ path: String, stateDict: String? = nil, identify: ([String: [Int]]) -> String? = { _ in nil }
  ) throws -> ImportedWeights {
    let file = try MappedFile(path: path)
    let hdf5 = try file.bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) ? HDF5File(path: path) : nil
    let stored = try hdf5?.stateDicts() ?? stateDicts(in: file)
    let choice = try StateDictChoice(
      from: stored, wanted: stateDict, path: path, identify: identify)
    var weights = try read(choice, path)
    let digest = try FileDigest.sha256(path: path)
    // Who turns a file into HDF5 may keep its name, hash and all.
    let note = try hdf5 != nil ? nil : FileNameHash(path: path)?.check(digest, of: path)
    if let hdf5 {
      weights.attributes = try hdf5.texts()
    } else if SafetensorsFile.matches(file.bytes) {
      weights.attributes = try SafetensorsFile.metadata(file)
    }
    return ImportedWeights(weights, choice, path: path, digest: digest, note: note)
  }

  private static func read(_ choice: StateDictChoice, _ path: String) throws -> StateDict {
    var weights = StateDict()
    var size = WeightSize(path: path)
    for (position, name) in choice.network.tensors {
      weights[name] = try size.adding(try choice.stateDict.read(position))
    }
    guard !weights.names.isEmpty else { throw UserError("\(path): holds no tensors") }
    for name in weights.names {
      guard !name.isEmpty, name != ".", !name.contains("/"), !name.utf8.contains(0),
        name.utf8.count < 1024
      else {
        throw UserError(
          "\(path): \"\(name.printable)\" cannot name a tensor in a weight file")
      }
    }
    return weights
  }

  private static func stateDicts(in file: MappedFile) throws -> [StoredStateDict] {
    let bytes = file.bytes
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try PyTorchArchive.stateDicts(file) }
    if LegacyPyTorchFile.matches(bytes) { return try LegacyPyTorchFile.stateDicts(file) }
    if SafetensorsFile.matches(bytes) { return [try SafetensorsFile.stateDict(file)] }
    if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8),
      ["sys_info", "pickle", "storages", "tensors"].contains(where: {
        bytes.starts(with: Array($0.utf8) + [0])
      })
    {
      throw UserError(
        "\(file.path): PyTorch's tar format of 2017 is not supported", remedy: Unpickler.advice)
    }
    throw FileContent(bytes).notWeights(file.path)
  }
}

/// Weights from a file of PyTorch's users, and what was done to get them.
public struct ImportedWeights: Sendable {
  /// The tensors, under the network's own names, and the attributes of an HDF5 file or the metadata of a
  /// safetensors file.
  public var weights: StateDict
  /// The model that they are, or `nil`.
  public let model: String?
  /// Where they come from: the file's name, the state dict's keys, and the file's SHA-256.
  public let source: String
  /// What a reader should know: which state dict was taken and which not, what was left out.
  public let notes: [String]

  init(
    _ weights: StateDict, _ choice: StateDictChoice, path: String, digest: String, note: String?
  ) {
    self.weights = weights
    model = choice.network.model
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let place = choice.stateDict.name.isEmpty ? "" : ", \(choice.stateDict.name.printable)"
    let prefix = choice.network.prefix
    source =
      "\(file)\(place)\(prefix.isEmpty ? "" : " under \(prefix.printable)") (SHA-256 \(digest))"
    var notes = note.map { [$0] } ?? []
    let left = choice.others
    if !choice.stateDict.name.isEmpty || !left.isEmpty {
      notes.append(
        "\(path): took \(choice.stateDict.title)"
          + (left.isEmpty ? "" : "; it also holds \(left.abridged) (see --state-dict)"))
    }
    if !prefix.isEmpty {
      notes.append("\(path): removed the prefix \(prefix.printable) from all names")
    }
    if choice.network.isUnwrapped {
      notes.append("\(path): removed the words that torch.compile or FSDP insert into names")
    }
    let rest = choice.network.bookkeeping
    if !rest.isEmpty {
      notes.append("\(path): left out \(rest.abridged), not part of the network")
    }
    self.notes = notes
  }
}
