/// The files of an archive with its links, each followed to the file that it would be when unpacked.
struct TarLinks {
  /// In the archive's order.
  private(set) var members: [TarArchive.Member] = []
  /// A line for each member that is neither a file nor a link to one.
  private(set) var leftOut: [String] = []

  private let entries: [TarListing.Entry]
  /// Positions of the entries by name, in order; empty where there are no links.
  private let positions: [String: [Int]]

  /// So many links may lead to each other, as in Linux.
  private static let longestChain = 40

  init(_ entries: [TarListing.Entry]) {
    self.entries = entries
    positions = Self.positions(entries)
    for index in entries.indices {
      switch file(index, steps: 0) {
      case .found(let offset, let size):
        members.append(
          TarArchive.Member(name: entries[index].name, offset: offset, size: size))
      case .none(let what):
        if case .folder = entries[index].content { continue }
        leftOut.append("member left out: \(entries[index].name) is \(what)")
      case .endless:
        leftOut.append("member left out: \(entries[index].name) is a link that never resolves")
      }
    }
  }

  /// Only links ask for them, and of a million names they take memory.
  private static func positions(_ entries: [TarListing.Entry]) -> [String: [Int]] {
    let hasLinks = entries.contains { if case .link = $0.content { true } else { false } }
    guard hasLinks else { return [:] }
    let named = entries.indices.compactMap { index in
      PathName.normal(entries[index].name).map { (name: $0, index: index) }
    }
    return Dictionary(grouping: named, by: \.name).mapValues { $0.map(\.index) }
  }

  private enum Outcome {
    case found(offset: Int, size: Int)
    /// What it is instead, in words.
    case none(String)
    /// One of links that lead to each other.
    case endless
  }

  /// The file that an entry is or leads to.
  private func file(_ index: Int, steps: Int) -> Outcome {
    switch entries[index].content {
    case .file(let offset, let size): return .found(offset: offset, size: size)
    case .folder: return .none("a folder")
    case .other(let what): return .none(what)
    case .link(let target, let isHard):
      let link = "a \(isHard ? "hard" : "symbolic") link to \(target)"
      guard steps < Self.longestChain else { return .endless }
      guard let name = place(of: target, from: entries[index].name, isHard: isHard) else {
        return .none("\(link), which lies outside of the archive")
      }
      let known = positions[name] ?? []
      // Unpacking makes a hard link at once; a symbolic one leads to what is there in the end.
      let found = isHard ? known.last { $0 < index } : known.last
      guard let found else {
        return .none(
          "\(link), which \(known.isEmpty ? "is not in the archive" : "comes later in it")")
      }
      let outcome = file(found, steps: steps + 1)
      guard case .none(let what) = outcome else { return outcome }
      return .none("\(link), which is \(what)")
    }
  }

  /// The name within the archive to which a link leads; `nil` outside of it.
  private func place(of target: String, from name: String, isHard: Bool) -> String? {
    if isHard { return PathName.normal(target) }
    guard !target.hasPrefix("/") else { return nil }
    return PathName.normal("\(PathName.folder(of: name))/\(target)")
  }
}
