import Support

/// What a file is by its first bytes, where that is not what it was taken for.
struct FileContent {
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Why these bytes are not weights in a supported form, and what to do; `nil` when they look like
  /// none of the things that people take for weights.
  private var known: (what: String, remedy: String)? {
    if bytes.isEmpty { return ("an empty file", "copy or download it again") }
    return signed ?? pickle ?? text
  }

  /// The error for a file that should be HDF5.
  func notHDF5(_ path: String) -> UserError {
    if looksLikePyTorch || SafetensorsFile.matches(bytes) {
      let what = looksLikePyTorch ? "one that looks like PyTorch's" : "a safetensors file"
      return UserError(
        "\(path): not an HDF5 file but \(what)",
        remedy: "turn it into HDF5 with `realitygap import FILE --output NEW.h5`")
    }
    guard let known else {
      return UserError(
        "\(path): not an HDF5 file",
        remedy: "turn PyTorch's files into HDF5 with `realitygap import`")
    }
    return UserError("\(path): not an HDF5 file but \(known.what)", remedy: known.remedy)
  }

  /// The error for a file that should be PyTorch's or safetensors.
  func notWeights(_ path: String) -> UserError {
    guard let known else {
      return UserError(
        "\(path): neither a PyTorch file (.pth) nor safetensors, or cut off at its start",
        remedy: "see `realitygap import --help`")
    }
    return UserError(
      "\(path): neither a PyTorch file (.pth) nor safetensors but \(known.what)",
      remedy: known.remedy)
  }

  private var looksLikePyTorch: Bool {
    bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || LegacyPyTorchFile.matches(bytes)
  }

  /// How files begin at an offset, and what they are: small texts that stand for a file that is somewhere
  /// else, then packed files, then numbers and images.
  private static let signatures: [(offset: Int, start: [UInt8], what: String, remedy: String)] = [
    (
      0, Array("version https://git-lfs.github.com/".utf8), lfs,
      "fetch the file with `git lfs pull`"
    ),
    (
      0, Array("version https://hawser.github.com/".utf8), lfs, "fetch the file with `git lfs pull`"
    ),
    (
      0, Array("/annex/objects/".utf8), "a git-annex pointer, not the file itself",
      "fetch it with `git annex get`"
    ),
    (0, [0x1F, 0x8B], "a file compressed with gzip", "unpack it with gunzip"),
    (0, [0x42, 0x5A, 0x68], "a file compressed with bzip2", "unpack it with bunzip2"),
    (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A], "a file compressed with xz", "unpack it with unxz"),
    (0, [0x28, 0xB5, 0x2F, 0xFD], "a file compressed with Zstandard", "unpack it with unzstd"),
    (0, [0x37, 0x7A, 0xBC, 0xAF], "a file compressed with 7z", "unpack it with 7z"),
    (0, [0x52, 0x61, 0x72, 0x21], "a file compressed with RAR", "unpack it with unrar"),
    (257, Array("ustar".utf8), "a tar archive", "unpack it with tar"),
    (
      0, [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array (.npy)",
      "save the network's state_dict() with torch.save"
    ),
    (0, [0x89, 0x50, 0x4E, 0x47], "an image", "name the weight file"),
    (0, [0xFF, 0xD8, 0xFF], "an image", "name the weight file"),
    (0, [0x89, 0x48, 0x44, 0x46], "the start of an HDF5 file", "copy or download it again"),
  ]

  private static let lfs = "a Git LFS pointer, not the file itself"

  private var signed: (String, String)? {
    Self.signatures.first { bytes.dropFirst($0.offset).starts(with: $0.start) }
      .map { ($0.what, $0.remedy) }
  }

  private var pickle: (String, String)? {
    guard bytes.count > 1, bytes[0] == 0x80, (2...5).contains(bytes[1]) else { return nil }
    return ("a pickle that torch.save did not write", Unpickler.advice)
  }

  /// A page or message of a server, saved under the file's name.
  private var text: (String, String)? {
    let start = bytes.prefix(512)
    let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    guard isText, start.count >= 8 else { return nil }
    let words = String(decoding: start, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    let line = words.joined(separator: " ")
    let lower = line.lowercased()
    if ["<!doctype html", "<html", "<head"].contains(where: lower.hasPrefix) {
      return ("a web page (HTML)", "download the file itself, not the page that offers it")
    }
    if lower.hasPrefix("<?xml") { return ("an XML document", "download the file itself") }
    let shown = line.count > 60 ? "\(line.prefix(60))…" : line
    return ("text that begins \"\(shown.printable)\"", "download the file itself")
  }
}
