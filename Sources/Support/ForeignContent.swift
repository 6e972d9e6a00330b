/// What a file is where plain text was expected, recognised by its first bytes: most files
/// that cannot be read were never what their names say.
public struct ForeignContent: Sendable, Equatable {
  /// In words, e.g. `a Git LFS pointer, not the file itself`.
  public let what: String
  /// What to do about it.
  public let remedy: String

  /// How many first bytes are looked at.
  public static let length = 512

  private static let signatures: [(start: [UInt8], what: String, remedy: String)] = [
    (
      Array("version https://git-lfs".utf8), "a Git LFS pointer, not the file itself",
      "fetch the file with `git lfs pull`"
    ),
    ([0xFF, 0xFE], "UTF-16 text", "save it as UTF-8"),
    ([0xFE, 0xFF], "UTF-16 text", "save it as UTF-8"),
    (Array("PK\u{3}\u{4}".utf8), "a zip archive or an Excel workbook", "save it as CSV in UTF-8"),
    ([0xD0, 0xCF, 0x11, 0xE0], "an Excel workbook of an old version", "save it as CSV in UTF-8"),
    ([0x1F, 0x8B], "compressed with gzip", "unpack it with gunzip first"),
    ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd", "unpack it with unzstd first"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed with xz", "unpack it with unxz first"),
    (Array("BZh".utf8), "compressed with bzip2", "unpack it with bunzip2 first"),
    ([0x37, 0x7A, 0xBC, 0xAF], "a 7-Zip archive", "unpack it first"),
    (Array("PAR1".utf8), "a Parquet file", "save it as CSV in UTF-8"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", "save it as CSV in UTF-8"),
    (Array("SQLite format 3".utf8), "an SQLite database", "export it as CSV in UTF-8"),
    (Array("%PDF".utf8), "a PDF document", "save it as CSV in UTF-8"),
  ]

  /// Recognises the beginning of a file.
  ///
  /// - Parameter start: the first bytes; more than `length` are not looked at.
  /// - Returns: `nil` for what may be plain text in UTF-8.
  public init?(_ start: some Collection<UInt8>) {
    let bytes = Array(start.prefix(Self.length))
    if let known = Self.signatures.first(where: { bytes.starts(with: $0.start) }) {
      (what, remedy) = (known.what, known.remedy)
    } else if Self.isMarkup(bytes) {
      (what, remedy) = ("a web page (HTML) or XML", "download the file itself")
    } else if Self.isJSON(bytes) {
      (what, remedy) = ("JSON", "save it as CSV")
    } else if bytes.contains(0) {
      (what, remedy) = ("UTF-16 text or binary data (it contains zero bytes)", "save it as UTF-8")
    } else {
      return nil
    }
  }

  private static func text(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    bytes.drop { [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
  }

  private static func isMarkup(_ bytes: [UInt8]) -> Bool {
    let text = text(bytes)
    guard text.first == UInt8(ascii: "<"), let next = text.dropFirst().first else { return false }
    return "!?".utf8.contains(next) || Character(Unicode.Scalar(next)).isLetter
  }

  private static func isJSON(_ bytes: [UInt8]) -> Bool {
    let text = text(bytes)
    let next = text.dropFirst().first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return switch text.first {
    case UInt8(ascii: "{"): next == UInt8(ascii: "\"") || next == UInt8(ascii: "}")
    case UInt8(ascii: "["): next.map("[{\"]".utf8.contains) == true
    default: false
    }
  }
}
