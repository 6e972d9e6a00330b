import Foundation
import Support

/// The files at any depth below one folder or several, e.g. those of classes. Links to folders are
/// followed, each folder once: what lies in a folder's own tree belongs there, and a link to what is
/// read already, or to a folder above, is left out and named.
struct FolderWalk {
  /// By branch, with paths relative to the branch as names, sorted by name as bytes.
  private(set) var files: [[FolderListing.Entry]]
  /// The names of hidden photos.
  private(set) var hiddenPhotos: [String] = []
  /// A line for each link that was not followed.
  private(set) var notes: [String] = []

  /// Whose folder it is.
  private struct Owner {
    let path: String
    /// Position of the branch below which it lies; `nil` for the root and what lies above.
    let branch: Int?
    /// Whether a link led there.
    let isLinked: Bool
  }

  private struct Folder {
    let entry: FolderListing.Entry
    let branch: Int
    /// What names of its files begin with.
    let prefix: String
  }

  private var owners: [FileIdentity: Owner] = [:]
  private var links: [Folder] = []

  /// - Parameters:
  ///   - root: the folder in which the branches lie, or the only branch itself.
  ///   - branches: folders whose files are wanted.
  /// - Throws: `UserError` naming a folder that cannot be listed, and two branches that are one
  ///   folder or lead to one folder.
  init(root: String, branches: [FolderListing.Entry]) throws {
    files = [[FolderListing.Entry]](repeating: [], count: branches.count)
    claimAncestors(of: root, isBranch: branches.contains { $0.path == root })
    for (index, branch) in branches.enumerated() {
      guard let identity = branch.identity else { continue }
      if let owner = owners[identity] {
        throw UserError(
          "\(branch.path): the same folder as \(owner.path)",
          remedy: "its photos cannot belong to both: remove the link")
      }
      owners[identity] = Owner(path: branch.path, branch: index, isLinked: false)
    }
    for (index, branch) in branches.enumerated() {
      try visit(Folder(entry: branch, branch: index, prefix: ""), isLinked: false)
    }
    while !links.isEmpty { try follow(links.removeFirst()) }
    for index in files.indices {
      files[index].sort { FolderListing.precedes($0.name, $1.name) }
    }
  }

  /// A link to one of these would lead in a circle.
  private mutating func claimAncestors(of root: String, isBranch: Bool) {
    var folder = URL(fileURLWithPath: root).resolvingSymlinksInPath()
    if isBranch { folder.deleteLastPathComponent() }
    while true {
      if let identity = FolderListing.entry("", path: folder.path)?.identity {
        owners[identity] = Owner(path: folder.path, branch: nil, isLinked: false)
      }
      guard folder.path != "/" else { return }
      folder.deleteLastPathComponent()
    }
  }

  private mutating func visit(_ folder: Folder, isLinked: Bool) throws {
    var waiting = [folder]
    while let folder = waiting.popLast() {
      let listing = try FolderListing(path: folder.entry.path)
      hiddenPhotos += listing.hiddenPhotos.map { folder.prefix + $0 }
      for entry in listing.entries {
        let below = Folder(entry: entry, branch: folder.branch, prefix: folder.prefix + entry.name)
        if !entry.isFolder {
          files[folder.branch].append(entry.named(below.prefix))
        } else if entry.isLink {
          links.append(below)
        } else if claim(below, isLinked: isLinked) {
          waiting.append(Folder(entry: entry, branch: folder.branch, prefix: below.prefix + "/"))
        }
      }
    }
  }

  private mutating func follow(_ link: Folder) throws {
    if let identity = link.entry.identity, let owner = owners[identity], owner.isLinked,
      owner.branch != link.branch
    {
      throw UserError(
        "\(link.entry.path): leads to the same folder as \(owner.path)",
        remedy: "its photos cannot belong to both: remove one of the links")
    }
    guard claim(link, isLinked: true) else { return }
    try visit(
      Folder(entry: link.entry, branch: link.branch, prefix: link.prefix + "/"), isLinked: true)
  }

  /// Takes a folder for a branch, or notes that it has an owner.
  private mutating func claim(_ folder: Folder, isLinked: Bool) -> Bool {
    guard let identity = folder.entry.identity else { return false }
    guard let owner = owners[identity] else {
      owners[identity] = Owner(path: folder.entry.path, branch: folder.branch, isLinked: isLinked)
      return true
    }
    let kind = folder.entry.isLink ? "linked folder" : "folder"
    notes.append(
      "\(kind) left out: \(folder.entry.path) leads to \(owner.path), "
        + (owner.branch == nil ? "which lies above it" : "which has already been read"))
    return false
  }
}
