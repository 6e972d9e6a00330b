import Support

/// What the name of a file says of its class: names and folders of ImageNet's files hold WordNet ids
/// (`n02105855_2933.JPEG`), and those of validation files lead to a built-in label.
enum StatedClasses {
  /// One class that a name states.
  struct Statement: Equatable {
    /// 0…999.
    let index: Int
    /// The part of the name that says so.
    let source: String
  }

  /// Every class that a path or name states; ids outside the 1,000 classes say nothing.
  static func of(name: String) throws -> [Statement] {
    let classes = try ClassList.imageNet()
    let bytes = Array(name.utf8)
    var found: [Statement] = []
    if let number = validationNumber(bytes),
      let label = try ValidationLabels.builtIn().label(number: number)
    {
      found.append(Statement(index: label, source: ValidationLabels.fileName(number: number)))
    }
    for start in bytes.indices where bytes[start] == UInt8(ascii: "n") {
      guard let id = wordNetID(bytes, at: start), let index = classes.index(id: id),
        !found.contains(where: { $0.index == index })
      else { continue }
      found.append(Statement(index: index, source: id))
    }
    return found
  }

  /// The word at a position, when it has the form of a WordNet id.
  private static func wordNetID(_ bytes: [UInt8], at start: Int) -> String? {
    let end = start + 9
    guard end <= bytes.count, start == 0 || !isWord(bytes[start - 1]),
      end == bytes.count || !isWord(bytes[end])
    else { return nil }
    let id = String(decoding: bytes[start..<end], as: UTF8.self)
    return ClassList.isWordNetID(id) ? id : nil
  }

  private static let prefix = Array("ILSVRC2012_val_".utf8)

  /// The number after `ILSVRC2012_val_` in a file's name, whatever stands before and after it.
  private static func validationNumber(_ bytes: [UInt8]) -> Int? {
    let file = bytes[(bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1..<bytes.count]
    guard
      let start = file.indices.first(where: {
        file[$0] == prefix[0] && file[$0...].starts(with: prefix)
      })
    else { return nil }
    let digits = file[(start + prefix.count)...].prefix {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
    return digits.count == 8 ? Int(String(decoding: digits, as: UTF8.self)) : nil
  }

  /// Whether a byte of UTF-8 is a letter's or a digit's; all beyond ASCII count as letters'.
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...0xFF:
      true
    default: false
    }
  }
}
