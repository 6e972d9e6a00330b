import Support

/// Reads weights from the files that PyTorch's users have, without Python and without running
/// anything that a file asks for.
public enum WeightImporter {
  /// Reads PyTorch's `.pth` (zip or legacy format; a state dict or a checkpoint that holds one), a
  /// safetensors file, or a weight file of our own. What it is, is told from the content.
  ///
  /// All numbers become float32; `num_batches_tracked` is left out; so is a prefix `module.` that
  /// all names share.
  ///
  /// - Throws: `UserError` naming the file when it is missing, truncated, damaged, of another kind,
  ///   or when its pickle asks for anything but tensors and plain containers.
  public static func importFile(_ path: String) throws -> StateDict {
    try checked(MappedFile(path: path))
  }

  /// As `importFile(_:)`, for the bytes of a PyTorch or safetensors file.
  ///
  /// - Parameter name: what messages call them.
  public static func importBytes(_ bytes: [UInt8], name: String) throws -> StateDict {
    try checked(MappedFile(copying: bytes, path: name))
  }

  private static func checked(_ file: MappedFile) throws -> StateDict {
    let weights = try read(file)
    guard !weights.names.isEmpty else { throw UserError("\(file.path): holds no tensors") }
    for name in weights.names {
      guard !name.isEmpty, name != ".", !name.contains("/"), !name.utf8.contains(0),
        name.utf8.count < 1024
      else {
        throw UserError(
          "\(file.path): \"\(name.printable)\" cannot name a tensor in a weight file")
      }
    }
    return weights
  }

  private static func read(_ file: MappedFile) throws -> StateDict {
    let bytes = file.bytes
    if bytes.isEmpty { throw UserError("\(file.path): empty file", remedy: "download it again") }
    if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try PyTorchArchive.stateDict(file) }
    if LegacyPyTorchFile.matches(bytes) { return try LegacyPyTorchFile.stateDict(file) }
    if SafetensorsFile.matches(bytes) { return try SafetensorsFile.stateDict(file) }
    if file.isMapped, bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      return try StateDict.load(file.path)
    }
    if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      throw UserError(
        "\(file.path): PyTorch's tar format of 2017 is not read", remedy: Unpickler.advice)
    }
    throw UserError(
      "\(file.path): neither a PyTorch file (.pth) nor safetensors, or cut off at its start",
      remedy: "see `realitygap import --help`")
  }
}
