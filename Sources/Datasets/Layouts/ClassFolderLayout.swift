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
        guard ImageFormat.isImageName(file.name) else {
          leftOut.append(file.name)
          continue
        }
        let place = "\(folder.name)/\(file.name)"
        try contradictions.add(file.name, label, claim: "\(place): the folder is class")
        let number = ValidationLabels.number(file: file.name)
        contents.items.append(
          LabelledItem(
            Photo(
              file, name: number.map(ValidationLabels.fileName) ?? place, orientation: .asStored),
            label: label))
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
