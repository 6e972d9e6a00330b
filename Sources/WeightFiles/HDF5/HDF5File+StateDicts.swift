import Support

extension HDF5File {
  /// The attributes of the root that are texts.
  func texts() throws -> [String: String] { try attributes().compactMapValues(\.text) }

  /// The names of the datasets directly in a group (the root when empty), without step counters.
  ///
  /// - Throws: `UserError` when a link there leads nowhere.
  func tensorNames(in group: String) throws -> [String] {
    let contents = try contents()
    for link in contents.links where Self.group(of: link.name) == group {
      guard let problem = link.problem else { continue }
      throw UserError(
        "\(path): \(link.name.printable) is a link to \(link.target), which cannot be opened "
          + "(\(problem))",
        remedy: "put what it links to in its place, or \(HDF5LibrarySource.rewriting)")
    }
    return contents.datasets.map(\.name).filter { Self.group(of: $0) == group }
      .map { String($0.dropFirst(group.isEmpty ? 0 : group.count + 1)) }
      .filter { !StateDict.isStepCounter($0) }
  }

  /// A state dict for the root and for each group that holds datasets.
  ///
  /// - Throws: `UserError` when there is none, or the file is damaged.
  func stateDicts() throws -> [StoredStateDict] {
    let groups = Dictionary(grouping: try datasets()) { Self.group(of: $0.name) }
    guard !groups.isEmpty else { throw try holdsNoTensors(texts()) }
    return try groups.sorted { $0.key < $1.key }.map { group, datasets in
      _ = try tensorNames(in: group)
      let start = group.isEmpty ? 0 : group.count + 1
      return StoredStateDict(
        name: group.split(separator: "/").joined(separator: "."),
        tensors: datasets.map { (String($0.name.dropFirst(start)), $0.shape) }
      ) { try self.tensor(datasets[$0].name) }
    }
  }

  /// Why a file whose root has no tensors is not a weight file.
  func holdsNoTensors(_ attributes: [String: String]) throws -> UserError {
    if let kind = attributes["kind"] {
      return UserError(
        "\(path): holds no tensors in its root: it is a \(kind.printable)",
        remedy: "name the weight file or corrector.h5")
    }
    let contents = try contents()
    let groups = Set(contents.datasets.map { Self.group(of: $0.name) }).sorted()
    let links = contents.links.map { "\($0.name) is a link to \($0.target)" }
    guard groups.isEmpty else {
      return UserError(
        "\(path): holds no tensors in its root, but in \(groups.map { "/\($0)" }.abridged)",
        remedy: "`realitygap import --state-dict` imports those of a group")
    }
    guard links.isEmpty else {
      return UserError(
        "\(path): holds no tensors: \(links.abridged)", remedy: HDF5LibrarySource.rewriting)
    }
    return UserError("\(path): holds no tensors in its root", remedy: "is it a weight file?")
  }

  /// The group that a path leads through; empty for the root.
  private static func group(of name: String) -> String {
    name.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
  }
}
