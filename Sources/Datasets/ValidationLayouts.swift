import Imaging
import Support

extension DatasetLayout {
  /// The 50,000 validation files flat in one folder; their labels are built in.
  static let validationFolder = DatasetLayout(
    name: "validation-folder",
    summary: "the validation files flat in one folder (ILSVRC2012_val_00000001.JPEG, …)",
    honoursOrientation: false
  ) { place in
    guard place.isFolder else { return nil }
    let files = try FolderListing(path: place.path).entries.filter { !$0.isFolder }
    let contents = try validationFiles(
      files.map { ($0.name, $0.size, .file(path: $0.path)) })
    return contents.items.isEmpty ? nil : contents
  }

  /// `ILSVRC2012_img_val.tar`, read in place.
  static let validationArchive = DatasetLayout(
    name: "validation-archive",
    summary: "ILSVRC2012_img_val.tar",
    honoursOrientation: false
  ) { place in
    guard !place.isFolder,
      place.path.lowercased().hasSuffix(".tar") || TarArchive.isArchive(path: place.path)
    else { return nil }
    let archive = try TarArchive(path: place.path)
    let contents = try validationFiles(
      archive.members.map { ($0.name, $0.size, .member($0, of: archive)) })
    if contents.items.isEmpty {
      throw UserError(
        "\(place.path): none of its \(archive.members.count) files is a validation image",
        remedy: "give ILSVRC2012_img_val.tar, or unpack it and give the folder")
    }
    return contents
  }

  /// The validation files among some files, with the labels that are built in. Names become those
  /// of the original files (`.JPEG`), so that draws do not depend on how a copy is spelled.
  private static func validationFiles(
    _ files: [(name: String, size: Int, location: LabelledItem.Location)]
  ) throws -> Contents {
    let labels = try ValidationLabels.builtIn()
    var contents = Contents(items: [])
    for file in files where ImageFormat.isImageName(file.name) {
      guard let number = ValidationLabels.number(file: file.name),
        let label = labels.label(number: number)
      else { continue }
      contents.items.append(
        LabelledItem(
          name: ValidationLabels.fileName(number: number), label: label, size: file.size,
          location: file.location))
    }
    let found = contents.items.count
    if found < files.count {
      contents.notes.append(
        "\(files.count - found) files that are not validation images were left out")
    }
    if found < ValidationLabels.count {
      contents.notes.append(
        "\(found) of the \(ValidationLabels.count) validation images are there")
    }
    return contents
  }
}
