import Support

extension DatasetLayout {
  /// A YAML file that says what the images beside it are: variants of ImageNet with their quirks.
  static let described = DatasetLayout(
    name: "described", summary: "a YAML file that describes a set (realitygap schema set)"
  ) { place, classes in
    guard !place.isFolder, [".yaml", ".yml"].contains(where: place.path.hasSuffix) else {
      return nil
    }
    return try SetDescription(file: place.path).contents(classes)
  }
}

/// What a YAML file says of a set of labelled images.
package struct SetDescription: Sendable {
  /// Which classes a prediction can be.
  enum Classes: String, CaseIterable, Sendable {
    /// All that the networks have.
    case all
    /// Those that are right for some image, as it is usual for ImageNet-A and -R, which have 200.
    case present
  }

  private let images: String
  private let folders: ClassFolderNames
  private let classes: Classes
  private let folderNames: String?
  private let classNames: String?
  private let labels: String?
  private let border: Int

  private static let imagesKey = Setting.path(
    "images", "The folder of the class folders; with `labels`, a set of any layout."
  ).required
  private static let foldersKey = Setting<ClassFolderNames>.choice(
    "folders", "kind of names", default: .wnid,
    "What the names of class folders are: ids of classes (WordNet ids), or their indices.")
  private static let classesKey = Setting<Classes>.choice(
    "classes", "choice of classes", default: .all,
    "Which classes a prediction can be: all, or those that are right for some image.")
  private static let classNamesKey = Setting.path(
    "class_names",
    "JSON, what the folders are in place of `folders`: names with their classes, e.g. ObjectNet's "
      + "`objectnet_to_imagenet_1k.json`. Folders that it lacks are left out.")
  private static let folderNamesKey = Setting.path(
    "folder_names",
    "JSON, how `class_names` calls the folders, e.g. ObjectNet's `folder_to_objectnet_label.json`.")
  private static let labelsKey = Setting.path(
    "labels",
    "JSON, the right classes of each validation file of ILSVRC2012 in their order, e.g. ReaL's "
      + "`real.json`. Files without one are left out.")
  private static let borderKey = Setting.integer(
    "border", 0...1000, default: 0,
    "Pixels that are cut off at each side, e.g. ObjectNet's red frame.")

  /// The keys of such a file.
  package static let schema = SettingsSchema(
    "Sets of images",
    [
      Setting.version.declaration,
      Setting.text("description", "For who reads the file.").declaration,
      imagesKey.declaration, foldersKey.declaration, classesKey.declaration,
      classNamesKey.declaration, folderNamesKey.declaration, labelsKey.declaration,
      borderKey.declaration,
    ])

  /// - Throws: `UserError` naming file and line for what is unknown or missing, and for keys that exclude
  ///   each other.
  init(file: String) throws {
    let yaml = try YAMLReader(text: try YAMLReader.text(ofFile: file), file: file)
    let values = try SettingsReader(yaml, Self.schema)
    images = try values(Self.imagesKey)
    folders = try values(Self.foldersKey)
    classes = try values(Self.classesKey)
    classNames = try values.optional(Self.classNamesKey)
    folderNames = try values.optional(Self.folderNamesKey)
    labels = try values.optional(Self.labelsKey)
    border = try values(Self.borderKey)
    if labels != nil, classNames != nil || values[Self.foldersKey] != nil {
      throw yaml.error("labels says what is right, so folders and class_names cannot")
    }
    if classNames != nil, values[Self.foldersKey] != nil {
      throw yaml.error("folders and class_names exclude each other")
    }
    if folderNames != nil, classNames == nil {
      throw yaml.error("folder_names needs class_names")
    }
  }

  /// The set's images.
  ///
  /// - Throws: `UserError` naming a folder that is missing or no class's.
  func contents(_ list: ClassList) throws -> DatasetLayout.Contents {
    var contents = try labelled(list)
    if border > 0 {
      contents.items = try contents.items.map { try $0.without(border: border) }
      contents.notes.append("\(border.counted("pixel")) cut off at each side")
    }
    guard classes == .present else { return contents }
    let present = Set(contents.items.flatMap { [$0.label] + $0.alsoRight }).sorted()
    contents.classes = present
    contents.notes.append(
      "predictions are among the classes of the set, \(present.count) of \(list.count)")
    return contents
  }

  private func labelled(_ list: ClassList) throws -> DatasetLayout.Contents {
    if let labels {
      return try ReassessedLabels(file: labels).contents(images, list)
    }
    let listing = try FolderListing(path: images)
    let branches = listing.entries.filter(\.isFolder)
    if let classNames {
      return try ClassMapping(file: classNames, folders: folderNames, list)
        .contents(branches, of: listing, in: images, list)
    }
    return try DatasetLayout.Contents(
      classFolders: branches, of: listing, in: images,
      labels: try branches.map { try folders.label($0, list) }, classes: list)
  }
}
