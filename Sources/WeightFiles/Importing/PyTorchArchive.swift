import Support

/// The format of `torch.save` since PyTorch 1.6: a zip archive of `data.pkl` and one entry a storage.
enum PyTorchArchive {
  /// Finds the state dicts.
  ///
  /// - Throws: `UserError` when the file is damaged, holds something else, or asks for code.
  static func stateDicts(_ file: MappedFile) throws -> [StoredStateDict] {
    let archive = try ZipArchive(file)
    let pickles = archive.names.filter { name in
      name.hasSuffix("/data.pkl") && name.filter { $0 == "/" }.count == 1
    }
    guard pickles.count == 1, let pickle = pickles.first else {
      throw otherArchive(archive, file)
    }
    let root = pickle.dropLast("data.pkl".count)
    guard !archive.names.contains("\(root)constants.pkl") else {
      throw UserError(
        "\(file.path): a TorchScript archive (torch.jit.save), which holds code",
        remedy: "torch.save(torch.jit.load(FILE).state_dict(), NEW) in PyTorch gives its weights")
    }
    guard let range = try archive.verifiedRange(pickle) else { throw otherArchive(archive, file) }
    var bigEndian = false
    if let order = try archive.verifiedRange("\(root)byteorder") {
      bigEndian = file.bytes[order].elementsEqual("big".utf8)
    }
    var unpickler = Unpickler(
      ByteReader(bytes: UnsafeRawBufferPointer(rebasing: file.bytes[range]), path: file.path))
    let value = try unpickler.load()
    let finder = TorchStateDict(
      heap: unpickler.heap, file: file, bigEndian: bigEndian
    ) { storage in try archive.verifiedRange("\(root)data/\(storage.key)") }
    return try finder.find(in: value)
  }

  /// What a zip archive is that torch.save did not write.
  private static func otherArchive(_ archive: ZipArchive, _ file: MappedFile) -> UserError {
    let names = archive.names
    let what =
      if names.contains(where: { $0.hasSuffix(".npy") }) {
        "NumPy's (.npz)"
      } else if names.contains("model.weights.h5") {
        "Keras's (.keras)"
      } else if names.contains(where: { $0.hasSuffix("archive_format") }) {
        "torch.export's (.pt2)"
      } else if let inner = names.first(where: { $0.hasSuffix(".pth") || $0.hasSuffix(".pt") }) {
        "one that holds \(inner.printable)"
      } else {
        "not one of torch.save's"
      }
    return UserError("\(file.path): a zip archive, but \(what)", remedy: Unpickler.advice)
  }
}
