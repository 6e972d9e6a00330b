import Support

extension DatasetLayout {
  /// A YAML file that says what the folders beside it are: variants of ImageNet with their quirks.
  static let described = DatasetLayout(
    name: "described", summary: "a YAML file that describes a set (realitygap schema set)"
  ) { place in
    guard !place.isFolder, [".yaml", ".yml"].contains(where: place.path.hasSuffix) else {
      return nil
    }
    return try SetDescription(file: place.path).contents()
  }
}

/// What a YAML file says of a set of labelled images.
package struct SetDescription: Sendable {
  /// Which classes a prediction can be.
  enum Classes: String, CaseIterable, Sendable {
    /// All of ImageNet's.
    case all
    /// Those that the set has a folder of, as it is usual for ImageNet-A and -R, which have 200.
    case present
  }

  private let file: String
  private let images: String
  private let folders: ClassFolderNames
  private let classes: Classes

  private static let imagesKey = Setting.path(
    "images", "The folder of the class folders."
  ).required
  private static let foldersKey = Setting<ClassFolderNames>.choice(
    "folders", "kind of names", default: .wnid,
    "What the names of class folders are: WordNet ids, or class indices 0 to 999.")
  private static let classesKey = Setting<Classes>.choice(
    "classes", "choice of classes", default: .all,
    "Which classes a prediction can be: all 1,000, or those that the set has a folder of.")

  /// The keys of such a file.
  package static let schema = SettingsSchema(
    "Sets of images",
    [
      Setting.version.declaration,
      Setting.text("description", "For who reads the file.").declaration,
      imagesKey.declaration, foldersKey.declaration, classesKey.declaration,
    ])

  /// - Throws: `UserError` naming file and line for what is unknown or missing.
  init(file: String) throws {
    let values = try SettingsReader(
      try YAMLReader(text: try YAMLReader.text(ofFile: file), file: file), Self.schema)
    self.file = file
    images = try values(Self.imagesKey)
    folders = try values(Self.foldersKey)
    classes = try values(Self.classesKey)
  }

  /// The set's images.
  ///
  /// - Throws: `UserError` naming a folder that is missing or no class's.
  func contents() throws -> DatasetLayout.Contents {
    let listing = try FolderListing(path: images)
    let branches = listing.entries.filter(\.isFolder)
    let labels = try branches.map(folders.label)
    var contents = try DatasetLayout.Contents(
      classFolders: branches, of: listing, in: images, labels: labels)
    guard classes == .present else { return contents }
    let present = Set(labels).sorted()
    contents.classes = present
    contents.notes.append(
      "predictions are among the classes that the set has a folder of, \(present.count) of "
        + "\(ImageNetClasses.count)")
    return contents
  }
}
