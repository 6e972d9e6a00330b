import Support

extension DatasetLayout {
  /// ImageNet-C (Hendrycks and Dietterich, ICLR 2019) as it is unpacked: `<corruption>/<severity>/<wnid>`,
  /// validation files of ILSVRC2012 that are corrupted already, 224×224 pixels; corruptions may lie in
  /// folders of the archives' names, `noise` and so on.
  ///
  /// Items are the images that all settings have; each has a photograph of every corruption and severity.
  /// There are no canonical images among them.
  static let imageNetC = DatasetLayout(
    name: "imagenet-c",
    summary: "ImageNet-C, or some of its corruptions (gaussian_noise/1/n01443537/*.JPEG)",
    isImageNet: true, strata: { CorruptedSetting(name: $0)?.strata ?? [] }
  ) { place, classes in
    guard place.isFolder else { return nil }
    let folders = try CorruptedSetting.folders(in: place)
    guard !folders.isEmpty else { return nil }
    let settings = try folders.flatMap(CorruptedSetting.settings)
    let images = try settings.map { try CorruptedImages($0.setting, in: $0.folder, classes) }
    guard let first = images.first else { return nil }
    for other in images.dropFirst() { try other.checkSame(as: first) }
    var contents = Contents(
      items: first.items.map { item in
        let photographs = images.compactMap { $0.byName[item.name] }
        return LabelledItem(item.photo, label: item.label, photographs: photographs)
      }, settings: settings.map(\.setting.name))
    contents.hasCanonical = false
    contents.notes = images.flatMap(\.notes).capped("notes on images")
    let missing = Corruption.allCases.filter { corruption in
      !folders.contains { $0.name == corruption.rawValue }
    }
    if !missing.isEmpty {
      let names = missing.map(\.rawValue).joined(separator: ", ")
      contents.notes.append("without \(names): the mean corruption error needs all fifteen")
    }
    return contents
  }
}

/// Which corruption, and how severe.
private struct CorruptedSetting {
  let corruption: String
  let severity: Int

  var name: String { "\(corruption)/\(severity)" }

  var strata: [PhotoStratum] {
    [
      PhotoStratum(factor: PhotoStratum.corruption, value: corruption),
      PhotoStratum(factor: "severity", value: "\(severity)"),
    ]
  }

  /// ImageNet-C's fifteen, then its four for validation.
  private static let corruptions =
    Corruption.allCases.map(\.rawValue) + ["speckle_noise", "gaussian_blur", "spatter", "saturate"]
  private static let archives = ["noise", "blur", "weather", "digital", "extra"]

  /// Folders of corruptions, in their order.
  ///
  /// - Throws: `UserError` naming a corruption that is there twice.
  static func folders(in place: FolderListing.Entry) throws -> [FolderListing.Entry] {
    let here = try FolderListing(path: place.path).entries.filter(\.isFolder)
    let below = try here.filter { archives.contains($0.name) }
      .flatMap { try FolderListing(path: $0.path).entries.filter(\.isFolder) }
    let all = here + below
    return try corruptions.compactMap { corruption in
      let found = all.filter { $0.name == corruption }
      if found.count > 1 {
        throw UserError(
          "\(place.path): \(found[0].path) and \(found[1].path) are the same corruption",
          remedy: "move one of them away")
      }
      return found.first
    }
  }

  /// The severities of a corruption's folder, which must be all five.
  static func settings(
    in corruption: FolderListing.Entry
  ) throws -> [(setting: CorruptedSetting, folder: FolderListing.Entry)] {
    let folders = try FolderListing(path: corruption.path).entries.filter(\.isFolder)
    let remedy = "unpack ImageNet-C again, or move the corruption's folder away"
    let known = Corruption.severities.map { "\($0)" }
    if let other = folders.first(where: { !known.contains($0.name) }) {
      throw UserError("\(other.path): not a severity, 1 to 5", remedy: remedy)
    }
    return try Corruption.severities.map { severity in
      guard let folder = folders.first(where: { $0.name == "\(severity)" }) else {
        throw UserError("\(corruption.path): lacks the severity \(severity)", remedy: remedy)
      }
      return (CorruptedSetting(corruption: corruption.name, severity: severity), folder)
    }
  }
}

extension CorruptedSetting {
  init?(name: String) {
    let parts = name.split(separator: "/").map(String.init)
    guard parts.count == 2, let severity = Int(parts[1]) else { return nil }
    self.init(corruption: parts[0], severity: severity)
  }
}

/// The images of one setting.
private struct CorruptedImages {
  let setting: CorruptedSetting
  let place: String
  let items: [LabelledItem]
  let byName: [String: Photo]
  let notes: [String]

  init(
    _ setting: CorruptedSetting, in folder: FolderListing.Entry, _ classes: ClassList
  ) throws {
    guard let contents = try DatasetLayout.classFolders.read(folder, classes),
      !contents.items.isEmpty
    else {
      throw UserError(
        "\(folder.path): no photos in folders named by WordNet id",
        remedy: "unpack ImageNet-C again, or move the corruption's folder away")
    }
    (self.setting, place) = (setting, folder.path)
    notes = contents.notes.map { "\(setting.name): \($0)" }
    items = contents.items.map { item in
      var photo = item.photo
      photo.isCenter224 = true
      return LabelledItem(photo, label: item.label)
    }
    var byName: [String: Photo] = [:]
    for item in items {
      var photo = item.photo
      photo.name = "\(setting.name)/\(item.name)"
      if let other = byName.updateValue(photo, forKey: item.name) {
        throw UserError(
          "\(item.place): the same image as \(other.place)", remedy: "move one of them away")
      }
    }
    self.byName = byName
  }

  /// - Throws: `UserError` naming an image that only one of two settings has, or that has two classes.
  func checkSame(as other: CorruptedImages) throws {
    let remedy = "unpack ImageNet-C again, or move the corruption's folder away"
    let labels = Dictionary(
      other.items.map { ($0.name, $0.label) }, uniquingKeysWith: { first, _ in first })
    for item in items {
      guard let label = labels[item.name] else {
        throw UserError("\(item.place): an image that \(other.place) lacks", remedy: remedy)
      }
      guard label == item.label else {
        throw UserError(
          "\(item.place): of class \(item.label), but of class \(label) in \(other.place)",
          remedy: remedy)
      }
    }
    if let missing = other.items.first(where: { byName[$0.name] == nil }) {
      let count = other.items.count { byName[$0.name] == nil }
      throw UserError(
        "\(place): lacks \(count.counted("image")) of \(other.place), e.g. \(missing.name)",
        remedy: remedy)
    }
  }
}
