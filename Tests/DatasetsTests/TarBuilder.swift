/// Writes tar archives for tests.
struct TarBuilder {
  enum Format { case v7, ustar, gnu, pax }

  var bytes: [UInt8] = []

  /// A link, without data unless `body` is given; `size` is what its header says of it.
  mutating func link(
    _ name: String, to target: String, isHard: Bool = true, size: Int = 0, body: [UInt8] = []
  ) {
    header(name, size: size, type: isHard ? "1" : "2", target: target)
    if !body.isEmpty { self.body(body) }
  }

  /// GNU's header of a sparse file whose map goes on in another block.
  mutating func sparse(_ name: String, _ data: [UInt8]) {
    header(name, size: data.count, type: "S", magic: "ustar  \0", flag: 1)
    bytes += [UInt8](repeating: 0, count: 512)
    body(data)
  }

  /// A pax header on its own.
  mutating func records(_ records: [(String, String)]) {
    let text = records.map { Self.record($0.0, $0.1) }.joined()
    header("PaxHeaders/x", size: text.utf8.count, type: "x")
    body(Array(text.utf8))
  }

  mutating func add(_ name: String, _ data: [UInt8], format: Format = .ustar, type: Character = "0")
  {
    switch format {
    case .gnu where name.utf8.count > 100:
      header("././@LongLink", size: name.utf8.count + 1, type: "L", magic: "ustar  \0")
      body(Array(name.utf8) + [0])
    case .pax:
      let records = Self.record("path", name) + Self.record("size", String(data.count))
      header("PaxHeaders/x", size: records.utf8.count, type: "x")
      body(Array(records.utf8))
      // What the extended header says wins over this.
      header("shortened", size: 0, type: type)
      body(data)
      return
    default: break
    }
    if format == .ustar, name.utf8.count > 100, let slash = name.lastIndex(of: "/") {
      header(
        String(name[name.index(after: slash)...]), size: data.count, type: type,
        prefix: String(name[..<slash]))
    } else {
      let magic = format == .v7 ? "" : format == .gnu ? "ustar  \0" : "ustar\u{0}00"
      header(String(name.prefix(100)), size: data.count, type: type, magic: magic)
    }
    body(data)
  }

  /// The two blocks of zeros at the end.
  mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }

  private mutating func body(_ data: [UInt8]) {
    bytes += data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
  }

  private mutating func header(
    _ name: String, size: Int, type: Character, magic: String = "ustar\u{0}00", prefix: String = "",
    target: String = "", flag: UInt8 = 0
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }
    put(name, at: 0)
    put(Self.octal(0o644, digits: 7), at: 100)
    put(Self.octal(size, digits: 11), at: 124)
    put(Self.octal(0, digits: 11), at: 136)
    put("        ", at: 148)
    put(String(type), at: 156)
    put(magic, at: 257)
    put(prefix, at: 345)
    put(target, at: 157)
    if flag > 0 { block[482] = flag }
    put(Self.octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
    bytes += block
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }

  private static func record(_ key: String, _ value: String) -> String {
    let rest = " \(key)=\(value)\n".utf8.count
    var length = rest + 1
    while "\(length)".utf8.count + rest != length { length += 1 }
    return "\(length) \(key)=\(value)\n"
  }
}
