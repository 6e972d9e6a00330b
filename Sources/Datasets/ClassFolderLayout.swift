import Imaging
import Support

extension DatasetLayout {
  /// torchvision's `ImageFolder`: a folder for each class, named by its WordNet id.
  ///
  /// A validation file of ILSVRC2012 keeps the name that it has in the other layouts, so that its
  /// random draws are the same in all of them; others are called `<wnid>/<path below it>`.
  static let classFolders = DatasetLayout(
    name: "class-folders",
    summary: "folders named by WordNet id with images in them (n01440764/*.JPEG)",
    honoursOrientation: false
  ) { place in
    guard place.isFolder else { return nil }
    let listing = try FolderListing(path: place.path)
    let folders = listing.entries.filter(\.isFolder)
    guard folders.contains(where: { ImageNetClasses.isWordNetID($0.name) }) else { return nil }
    let classes = try ImageNetClasses.builtIn()
    var contents = Contents(items: [])
    var leftOut = listing.entries.count - folders.count
    var misplaced = 0
    for folder in folders {
      guard let label = classes.index(wnid: folder.name) else {
        throw UserError(
          "\(folder.path): no class of ImageNet-1k has this WordNet id",
          remedy: "rename the folder or move it away")
      }
      for file in try FolderListing.files(below: folder.path) {
        guard ImageFormat.isImageName(file.name) else {
          leftOut += 1
          continue
        }
        let number = ValidationLabels.number(file: file.name)
        if let number, try ValidationLabels.builtIn().label(number: number) != label {
          misplaced += 1
        }
        contents.items.append(
          LabelledItem(
            name: number.map(ValidationLabels.fileName) ?? "\(folder.name)/\(file.name)",
            label: label, size: file.size, location: .file(path: file.path)))
      }
    }
    if leftOut > 0 {
      contents.notes.append(
        "\(leftOut) files that are not called \(ImageFormat.endingsText) were left out")
    }
    if misplaced > 0 {
      contents.notes.append(
        "\(misplaced) validation files lie in the folder of another class than ILSVRC2012 gives "
          + "them; the folder's class is used")
    }
    return contents
  }
}
