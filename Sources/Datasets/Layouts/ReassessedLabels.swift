import Support

/// Labels that were assessed again, of which an image may have several or none: ReaL (Beyer et al., Are we
/// done with ImageNet?, 2020).
struct ReassessedLabels {
  private let file: String
  /// Of the validation files of ILSVRC2012, in their order.
  private let right: [[Int]]

  /// - Parameter file: JSON, a list of the right classes of each of the 50,000 validation files.
  /// - Throws: `UserError` naming the file for one that is none.
  init(file: String) throws {
    self.file = file
    right = try JSONFile.read([[Int]].self, file).map { $0.distinct.sorted() }
    guard right.count == ValidationLabels.count else {
      throw UserError(
        "\(file): labels of \(right.count) files, not of the \(ValidationLabels.count) of validation"
      )
    }
    if let strange = right.joined().first(where: { !(0..<ClassList.imageNetCount).contains($0) }) {
      throw UserError("\(file): label \(strange) is outside 0…\(ClassList.imageNetCount - 1)")
    }
  }

  /// The photos of a set that have a right class, which must be validation files.
  func contents(_ images: String, _ list: ClassList) throws -> DatasetLayout.Contents {
    guard list.isImageNet else {
      throw UserError("\(file): classes of ImageNet-1k, not of \(list.title)")
    }
    guard ![".yaml", ".yml"].contains(where: images.hasSuffix) else {
      throw UserError(
        "\(images): described by another file", remedy: "give a folder or a tar as images")
    }
    let set = try LabelledDataset(name: "images", path: images)
    var contents = DatasetLayout.Contents(items: [], hasCanonical: set.hasCanonical)
    contents.settings = set.settings
    contents.notes = set.notes
    for item in set.items {
      guard let number = ValidationLabels.number(file: item.name) else {
        throw UserError(
          "\(item.place): not a validation file, so \(file) does not say what is right")
      }
      guard let first = right[number - 1].first else { continue }
      // ILSVRC2012's own label stands first where it still is right.
      let label = right[number - 1].contains(item.label) ? item.label : first
      contents.items.append(
        LabelledItem(
          item.photo, label: label, alsoRight: right[number - 1].filter { $0 != label },
          photographs: item.photographs))
    }
    let leftOut = set.items.count - contents.items.count
    if leftOut > 0 {
      contents.notes.append("\(leftOut.counted("image")) left out for which no class is right")
    }
    return contents
  }
}
