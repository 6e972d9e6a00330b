import Imaging
import Support

extension DatasetLayout {
  /// torchvision's `ImageFolder`: a folder for each class, named by its WordNet id.
  ///
  /// A validation file of ILSVRC2012 keeps the name that it has in the other layouts, so that its
  /// random draws are the same in all of them; others are called `<wnid>/<path below it>`.
  static let classFolders = DatasetLayout(
    name: "class-folders",
    summary: "folders named by WordNet id with photos in them (n01440764/*.JPEG)"
  ) { place in
    guard place.isFolder else { return nil }
    let listing = try FolderListing(path: place.path)
    let folders = listing.entries.filter(\.isFolder)
    guard folders.contains(where: { ImageNetClasses.isWordNetID($0.name) }) else { return nil }
    let labels = try folders.map(classOfFolder)
    let walk = try FolderWalk(root: place.path, branches: folders)
    var contents = Contents(items: [])
    var leftOut = listing.entries.filter { !$0.isFolder }.map(\.name)
    var contradictions = Contradictions(
      between: "the folders of classes and the names of files", used: "the folder's class")
    for ((folder, label), files) in zip(zip(folders, labels), walk.files) {
      for file in files {
        guard PhotoNames.isPhoto(file.name) else {
          leftOut.append(file.name)
          continue
        }
        try contradictions.add(folder: folder.name, label, file: file.name)
        let number = ValidationLabels.number(file: file.name)
        contents.items.append(
          LabelledItem(
            Photo(
              name: number.map(ValidationLabels.fileName) ?? "\(folder.name)/\(file.name)",
              size: file.size, location: .file(path: file.path), orientation: .asStored,
              identity: file.identity), label: label))
      }
    }
    contents.notes =
      [
        PhotoNames.note(leftOut: leftOut),
        PhotoNames.note(hidden: listing.hiddenPhotos + walk.hiddenPhotos),
        try contradictions.note(place: place.path),
      ].compactMap { $0 } + walk.notes.capped("linked folders left out")
    return contents
  }

  /// - Throws: `UserError` for a folder whose name is not a class.
  private static func classOfFolder(_ folder: FolderListing.Entry) throws -> Int {
    guard let label = try ImageNetClasses.builtIn().index(wnid: folder.name) else {
      throw UserError(
        "\(folder.path): no class of ImageNet-1k has this WordNet id",
        remedy: "rename the folder or move it away")
    }
    return label
  }
}

extension Contradictions {
  /// Compares a folder's class with what the name of a file in it states, if it states any.
  fileprivate mutating func add(folder: String, _ label: Int, file: String) throws {
    let statements = try StatedClasses.of(name: file)
    guard !statements.isEmpty else { return }
    let classes = try ImageNetClasses.builtIn()
    add(
      statements.first { $0.index != label }.map {
        "\(folder)/\(file): the folder is class \(classes.text(label)), "
          + "\($0.source) is \(classes.text($0.index))"
      })
  }
}
