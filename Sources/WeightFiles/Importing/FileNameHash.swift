import Support

/// The start of a file's SHA-256 in its name, where torch.hub looks for it: `resnet50-0676ba61.pth`.
struct FileNameHash {
  /// At least eight hexadecimal digits.
  let digits: String

  /// `nil` for names without one.
  ///
  /// - Parameter path: the pattern is torch.hub's `-([a-f0-9]*)\.`, of eight digits at least.
  init?(path: String) {
    let name = path.split(separator: "/").last ?? ""
    guard let dash = name.lastIndex(of: "-") else { return nil }
    let rest = name[name.index(after: dash)...]
    guard let dot = rest.firstIndex(of: ".") else { return nil }
    let digits = rest[..<dot]
    guard (8...64).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ Self.decimals.contains($0) || Self.letters.contains($0) }),
      !Self.endsUUID(name[..<dot])
    else { return nil }
    self.digits = String(digits)
  }

  private static let decimals = UInt8(ascii: "0")...UInt8(ascii: "9")
  private static let letters = UInt8(ascii: "a")...UInt8(ascii: "f")

  /// Whether a name ends as `…550e8400-e29b-41d4-a716-446655440000` does.
  private static func endsUUID(_ name: Substring) -> Bool {
    let counts = name.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
    return counts.count >= 5 && counts.suffix(4) == [4, 4, 4, 12]
  }

  /// Whether the digits may as well be a date or a count: no letter is among them.
  private var isAmbiguous: Bool { digits.utf8.allSatisfy(Self.decimals.contains) }

  /// Compares it with the SHA-256 of the content.
  ///
  /// - Returns: a note when they differ but the digits may be something else.
  /// - Throws: `UserError` naming both when they differ.
  func check(_ digest: String, of path: String) throws -> String? {
    guard !digest.hasPrefix(digits) else { return nil }
    let found = digest.prefix(digits.utf8.count)
    guard !isAmbiguous else {
      return "\(path): its SHA-256 begins \(found); if \(digits) in its name is meant to be "
        + "that, the file is damaged"
    }
    throw UserError(
      "\(path): damaged or altered: its SHA-256 begins \(found), not \(digits) as its name says",
      remedy: "download it again (or rename it, if \(digits) is not a SHA-256)")
  }
}
