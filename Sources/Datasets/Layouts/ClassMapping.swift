import Foundation
import Support

/// Which classes the folders of a set with classes of its own stand for, of which several may be right:
/// ObjectNet's `chair` is any of three chairs of ImageNet (Barbu et al., NeurIPS 2019).
struct ClassMapping {
  private let file: String
  /// By the name of the folder, or what `folders` calls it.
  private let classes: [String: [Int]]
  private let names: [String: String]?

  /// - Parameters:
  ///   - file: JSON, an object of names with their classes: ids, indices or names as ImageNet has them, each
  ///     with all its synonyms, separated by `; `.
  ///   - folders: JSON, an object of folders' names with names in `file`; `nil` where these are the same.
  /// - Throws: `UserError` naming the file for one that is none, and for names that are no class or several.
  init(file: String, folders: String?, _ list: ClassList) throws {
    self.file = file
    names = try folders.map { try JSONFile.read([String: String].self, $0) }
    classes = try JSONFile.read([String: String].self, file).mapValues { text in
      try text.split(separator: ";").map { part in
        let name = part.trimmingCharacters(in: .whitespaces)
        if let index = try list.index(of: name) { return index }
        let meant = list.indices(name: name)
        guard let index = meant.first, meant.count == 1 else {
          throw UserError(
            "\(file): \"\(name)\" \(meant.isEmpty ? "is no class" : "may mean several classes") of "
              + list.title, remedy: "give its id or its index")
        }
        return index
      }.distinct.sorted()
    }
  }

  /// The photos in the folders that stand for classes.
  func contents(
    _ branches: [FolderListing.Entry], of listing: FolderListing, in root: String,
    _ list: ClassList
  ) throws -> DatasetLayout.Contents {
    var known: [(folder: FolderListing.Entry, right: [Int])] = []
    var leftOut: [String] = []
    for folder in branches {
      let right = (names == nil ? folder.name : names?[folder.name]).flatMap { classes[$0] } ?? []
      if right.isEmpty { leftOut.append(folder.name) } else { known.append((folder, right)) }
    }
    guard !known.isEmpty else {
      throw UserError("\(root): none of its \(branches.count.counted("folder")) is in \(file)")
    }
    var contents = try DatasetLayout.Contents(
      classFolders: known.map { $0.folder }, of: listing, in: root,
      labels: known.map { $0.right[0] },
      classes: list)
    let alsoRight = Dictionary(
      known.map { ($0.folder.name, Array($0.right.dropFirst())) },
      uniquingKeysWith: { first, _ in first })
    contents.items = contents.items.map { item in
      let folder = String(item.name.prefix { $0 != "/" })
      return LabelledItem(item.photo, label: item.label, alsoRight: alsoRight[folder] ?? [])
    }
    if let first = leftOut.first {
      contents.notes.append(
        "\(leftOut.count.counted("folder")) left out that \(file) has no class for, e.g. \(first)")
    }
    return contents
  }
}
