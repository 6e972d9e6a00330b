import Imaging
import Support

extension DatasetLayout {
  /// torchvision's `ImageFolder`: a folder for each class, named by its id, which is the WordNet id of
  /// ImageNet's classes.
  ///
  /// A validation file of ILSVRC2012 keeps the name that it has in the other layouts, so that its
  /// random draws are the same in all of them; others are called `<wnid>/<path below it>`.
  static let classFolders = DatasetLayout(
    name: "class-folders",
    summary:
      "folders named by WordNet id (with --classes, by class) with photos in them (n01440764/*.JPEG)"
  ) { place, classes in
    guard place.isFolder else { return nil }
    let listing = try FolderListing(path: place.path)
    let folders = listing.entries.filter(\.isFolder)
    let isImageNet = classes.isImageNet
    let isNamed = folders.contains {
      isImageNet ? ClassList.isWordNetID($0.name) : classes.index(id: $0.name) != nil
    }
    guard isNamed else { return nil }
    return try Contents(
      classFolders: folders, of: listing, in: place.path,
      labels: try folders.map { try ClassFolderNames.wnid.label($0, classes) }, classes: classes)
  }
}

/// What the names of class folders are.
enum ClassFolderNames: String, CaseIterable, Sendable {
  /// Ids of classes: WordNet ids of ImageNet's.
  case wnid
  /// Class indices, as ImageNetV2's.
  case index

  /// The class of a folder.
  ///
  /// - Throws: `UserError` for one whose name is no class.
  func label(_ folder: FolderListing.Entry, _ classes: ClassList) throws -> Int {
    let remedy = "rename the folder or move it away"
    switch self {
    case .wnid:
      guard let label = classes.index(id: folder.name) else {
        let kind = classes.isImageNet ? "this WordNet id" : "this name"
        throw UserError(
          "\(folder.path): no class of \(classes.title) has \(kind)", remedy: remedy)
      }
      return label
    case .index:
      guard let label = Int(folder.name), classes[label] != nil, folder.name == "\(label)" else {
        throw UserError(
          "\(folder.path): not the index of a class, 0 to \(classes.count - 1)", remedy: remedy)
      }
      return label
    }
  }
}

extension DatasetLayout.Contents {
  /// Photos in class folders, at any depth.
  ///
  /// - Parameters:
  ///   - listing: what lies beside the folders.
  ///   - labels: a folder's class, in their order.
  /// - Throws: `UserError` naming a folder that cannot be listed, or two that are one.
  init(
    classFolders folders: [FolderListing.Entry], of listing: FolderListing, in root: String,
    labels: [Int], classes: ClassList
  ) throws {
    self.init(items: [])
    let walk = try FolderWalk(root: root, branches: folders)
    var leftOut = listing.entries.filter { !$0.isFolder }.map(\.name)
    var contradictions = Contradictions(
      between: "the folders of classes and the names of files", used: "the folder's class",
      classes: classes)
    for ((folder, label), files) in zip(zip(folders, labels), walk.files) {
      for file in files {
        guard ImageFormat.isImageName(file.name) else {
          leftOut.append(file.name)
          continue
        }
        let place = "\(folder.name)/\(file.name)"
        try contradictions.add(file.name, label, claim: "\(place): the folder is class")
        let number = ValidationLabels.number(file: file.name)
        items.append(
          LabelledItem(
            Photo(
              file, name: number.map(ValidationLabels.fileName) ?? place, orientation: .asStored),
            label: label))
      }
    }
    notes =
      [
        PhotoNames.note(leftOut: leftOut),
        PhotoNames.note(hidden: listing.hiddenPhotos + walk.hiddenPhotos),
        try contradictions.note(place: root),
      ].compactMap { $0 } + walk.notes.capped("linked folders left out")
  }
}
