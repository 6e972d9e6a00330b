import Support

/// One walk through the headers of a tar archive.
struct TarListing {
  /// A member, whatever it is.
  struct Entry {
    enum Content {
      case file(offset: Int, size: Int)
      case link(target: String, isHard: Bool)
      case folder
      /// What cannot be an image, in words.
      case other(String)
    }

    let name: String
    let content: Content
  }

  /// In the archive's order.
  private(set) var entries: [Entry] = []
  /// On the archive's end.
  private(set) var notes: [String] = []

  private let file: ReadableFile
  private let progress: (Int) -> Void
  private var position = 0
  /// The position of which `progress` knows.
  private var reported = 0
  /// What headers said of the member that comes next.
  private var next = Announced()

  private struct Announced {
    var name: String?
    var target: String?
    var size: Int?
    var isSparse = false
    /// Whether any header spoke of it.
    var isOpen = false
  }

  /// No name or record is longer.
  private static let longestRecord = 1 << 20

  /// So many headers are read between two calls of `progress`.
  private static let pace = 4096

  /// - Parameter progress: called now and then with the bytes that have been passed since the last time.
  init(_ file: ReadableFile, progress: @escaping (Int) -> Void = { _ in }) {
    (self.file, self.progress) = (file, progress)
  }

  /// Walks to the end.
  ///
  /// - Returns: `false` when the file does not even begin as an archive does.
  /// - Throws: `UserError` when it is damaged or ends inside of a member.
  mutating func readAll() throws -> Bool {
    defer { report(file.size) }
    while true {
      if entries.count % Self.pace == 0 { report(position) }
      let block = try file.read(at: position, upTo: TarHeader.blockSize)
      if block.isEmpty, position == file.size, position > 0, !next.isOpen {
        notes.append("the archive has no end mark: it may be truncated")
        return true
      }
      guard block.count == TarHeader.blockSize else {
        if position == 0 { return false }
        throw truncated("it ends after \(entries.count) members")
      }
      if block.allSatisfy({ $0 == 0 }) {
        try lookBehindEnd()
        return true
      }
      guard let header = TarHeader(block[...]) else {
        if position == 0 { return false }
        throw UserError(
          "\(file.path): the archive is damaged at byte \(position), "
            + "after \(entries.count) members",
          remedy: "copy or download it again")
      }
      position += TarHeader.blockSize
      try read(header)
    }
  }

  private mutating func report(_ position: Int) {
    guard position > reported else { return }
    progress(position - reported)
    reported = position
  }

  private func truncated(_ place: String) -> UserError {
    UserError(
      "\(file.path): the archive is truncated (\(place))", remedy: "copy or download it again")
  }

  /// Takes a header in; `position` is behind it, and ends behind its data.
  private mutating func read(_ header: TarHeader) throws {
    var size = header.hasData ? header.size : 0
    switch header.kind {
    case .longName: next.name = TarHeader.text(try data(size)[...])
    case .longLink: next.target = TarHeader.text(try data(size)[...])
    case .extended: try readRecords(try data(size))
    case .remark: break
    default:
      if case .sparse(isExtended: true) = header.kind { try skipSparseMap() }
      if header.hasData { size = next.size ?? size }
      if header.kind == .hardLink, try hasBody(header) { size = header.size }
      try check(size, of: next.name ?? header.name)
      entries.append(entry(header, size: size))
      try Limits.tarMembers.check(entries.count, "\(file.path)")
      next = Announced()
      position += Self.padded(size)
      return
    }
    next.isOpen = header.kind != .remark || next.isOpen
    try check(size, of: header.name)
    position += Self.padded(size)
  }

  private func check(_ size: Int, of name: String) throws {
    guard size <= file.size - position else { throw truncated("\(name) ends early") }
  }

  private func entry(_ header: TarHeader, size: Int) -> Entry {
    let name = next.name ?? header.name
    let content: Entry.Content =
      switch header.kind {
      case .file where next.isSparse: .other("a sparse file")
      case .file where name.hasSuffix("/"): .folder
      case .file: .file(offset: position, size: size)
      case .hardLink where size > 0: .file(offset: position, size: size)
      case .hardLink: .link(target: next.target ?? header.target, isHard: true)
      case .symbolicLink: .link(target: next.target ?? header.target, isHard: false)
      case .sparse: .other("a sparse file")
      case .other(let what): .other(what)
      default: .folder
      }
    return Entry(name: name, content: content)
  }

  private func data(_ size: Int) throws -> [UInt8] {
    try file.read(at: position, upTo: min(size, Self.longestRecord))
  }

  private mutating func readRecords(_ data: [UInt8]) throws {
    func damaged() -> UserError {
      UserError(
        "\(file.path): the archive is damaged at byte \(position) (pax records)",
        remedy: "copy or download it again")
    }
    guard let records = TarHeader.extendedRecords(data) else { throw damaged() }
    if let text = records["size"] {
      guard let size = Int(text), size >= 0 else { throw damaged() }
      next.size = size
    }
    next.name = records["GNU.sparse.name"] ?? records["path"] ?? next.name
    next.target = records["linkpath"] ?? next.target
    next.isSparse = next.isSparse || records.keys.contains { $0.hasPrefix("GNU.sparse.") }
  }

  /// More blocks that say where the holes of a sparse file are.
  private mutating func skipSparseMap() throws {
    while true {
      let block = try file.read(at: position, upTo: TarHeader.blockSize)
      guard block.count == TarHeader.blockSize else { throw truncated("in a sparse file's map") }
      position += TarHeader.blockSize
      if block[504] == 0 { return }
    }
  }

  /// Whether a hard link brings its file's data along, as pax may write it: then no header follows
  /// directly.
  private func hasBody(_ header: TarHeader) throws -> Bool {
    guard header.size > 0 else { return false }
    let block = try file.read(at: position, upTo: TarHeader.blockSize)
    let isHeader = block.isEmpty || block.allSatisfy { $0 == 0 } || TarHeader(block[...]) != nil
    return !isHeader
  }

  /// GNU tar and Python stop at the end mark; archives that were joined go on behind it.
  private mutating func lookBehindEnd() throws {
    let rest = try file.read(at: position, upTo: Self.longestRecord)
    if rest.contains(where: { $0 != 0 }) {
      notes.append("ignored data after the archive's end mark: perhaps several were joined")
    }
  }

  private static func padded(_ size: Int) -> Int {
    (size + TarHeader.blockSize - 1) / TarHeader.blockSize * TarHeader.blockSize
  }
}
