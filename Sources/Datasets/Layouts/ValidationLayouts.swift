import Imaging
import Support

extension DatasetLayout {
  /// The 50,000 validation files flat in one folder; their labels are built in.
  static let validationFolder = DatasetLayout(
    name: "validation-folder",
    summary: "the validation files flat in one folder (ILSVRC2012_val_00000001.JPEG, …)",
    isImageNet: true
  ) { place, classes in
    guard place.isFolder else { return nil }
    let listing = try FolderListing(path: place.path)
    var contents = try validationPhotos(
      listing.entries.filter { !$0.isFolder }
        .map { Photo($0, name: $0.name, orientation: .asStored) }, in: place.path,
      classes)
    guard !contents.items.isEmpty else { return nil }
    let folders = listing.entries.filter(\.isFolder)
    if let first = folders.first {
      contents.notes.append("\(folders.count.counted("folder")) left out, e.g. \(first.name)")
    }
    if let note = PhotoNames.note(hidden: listing.hiddenPhotos) { contents.notes.append(note) }
    return contents
  }

  /// `ILSVRC2012_img_val.tar`, read in place.
  static let validationArchive = DatasetLayout(
    name: "validation-archive",
    summary: "ILSVRC2012_img_val.tar", isImageNet: true
  ) { place, classes in
    guard !place.isFolder,
      try place.path.lowercased().hasSuffix(".tar") || TarArchive.isArchive(path: place.path)
    else { return nil }
    let archive = try TarArchive(path: place.path)
    var contents = try validationPhotos(
      archive.members.map {
        Photo(
          name: $0.name, size: $0.size, location: .member($0, of: archive.source),
          orientation: .asStored,
          identity: FileIdentity(member: $0.offset))
      }, in: place.path, classes)
    if contents.items.isEmpty {
      throw UserError(
        "\(place.path): none of its \(archive.members.count) files is a validation image",
        remedy: "give ILSVRC2012_img_val.tar, or unpack it and give the folder")
    }
    contents.notes += archive.notes
    return contents
  }

  /// The validation files among some files, with the labels that are built in. Names become those
  /// of the original files (`.JPEG`), so that draws do not depend on how a copy is spelled.
  private static func validationPhotos(
    _ files: [Photo], in place: String, _ classes: ClassList
  ) throws -> Contents {
    let labels = try ValidationLabels.builtIn()
    var contents = Contents(items: [])
    var leftOut: [String] = []
    var contradictions = Contradictions(
      between: "the built-in labels and the names of files", used: "the built-in label",
      classes: classes)
    for var file in files {
      guard ImageFormat.isImageName(file.name),
        let number = ValidationLabels.number(file: file.name),
        let label = labels.label(number: number)
      else {
        leftOut.append(file.name)
        continue
      }
      try contradictions.add(file.name, label, claim: "\(file.name): its label is")
      file.name = ValidationLabels.fileName(number: number)
      contents.items.append(LabelledItem(file, label: label))
    }
    if let first = leftOut.first {
      contents.notes.append(
        "\(leftOut.count.counted("file")) left out: not validation images, e.g. \(first)")
    }
    if let note = try contradictions.note(place: place) { contents.notes.append(note) }
    let found = contents.items.count
    if found < ValidationLabels.count {
      contents.notes.append(
        "\(found) of the \(ValidationLabels.count) validation images are present")
    }
    return contents
  }
}
