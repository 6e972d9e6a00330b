import Support

/// The format of `torch.save` since PyTorch 1.6: a zip archive of `data.pkl` and one entry a storage.
enum PyTorchArchive {
  /// Reads the state dict.
  ///
  /// - Throws: `UserError` when the file is damaged, holds something else, or asks for code.
  static func stateDict(_ file: MappedFile) throws -> StateDict {
    let archive = try ZipArchive(file)
    let pickles = archive.entries.keys.filter { name in
      name.hasSuffix("/data.pkl") && name.filter { $0 == "/" }.count == 1
    }
    guard pickles.count == 1, let pickle = pickles.first, let range = archive.entries[pickle] else {
      throw UserError(
        "\(file.path): a zip archive, but not one of torch.save's", remedy: Unpickler.advice)
    }
    let root = pickle.dropLast("data.pkl".count)
    var bigEndian = false
    if let order = archive.entries["\(root)byteorder"] {
      bigEndian = file.bytes[order].elementsEqual("big".utf8)
    }
    var unpickler = Unpickler(
      ByteReader(bytes: UnsafeRawBufferPointer(rebasing: file.bytes[range]), path: file.path))
    let value = try unpickler.load()
    let builder = TorchStateDict(
      heap: unpickler.heap, file: file, bigEndian: bigEndian
    ) { storage in archive.entries["\(root)data/\(storage.key)"] }
    return try builder.build(from: value)
  }
}
