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
    let settings = try folders.flatMap(CorruptedSetting.settings)
    guard let first = settings.first else { return nil }
    var images = try CorruptedImages(first.setting, in: first.folder, classes, of: settings.count)
    for (setting, folder) in settings.dropFirst() { try images.add(setting, in: folder, classes) }
    var contents = Contents(items: images.items, settings: settings.map(\.setting.name))
    contents.hasCanonical = false
    contents.notes = images.notes.capped("notes on images")
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

/// The images of all settings so far. Of each photograph only where it lies is kept: all of ImageNet-C has
/// 3.75 million.
private struct CorruptedImages {
  /// Where the first setting's lie.
  private let place: String
  private let firsts: [LabelledItem]
  /// Of each image's name in `firsts`.
  private var positions: [String: Int] = [:]
  /// By image, in the order of settings.
  private var photographs: [[Photo]]
  private(set) var notes: [String]

  /// - Parameter count: of the settings that there will be.
  init(
    _ setting: CorruptedSetting, in folder: FolderListing.Entry, _ classes: ClassList, of count: Int
  ) throws {
    let contents = try Self.contents(of: setting, in: folder, classes)
    place = folder.path
    firsts = contents.items.map { LabelledItem($0.photo.center224, label: $0.label) }
    notes = contents.notes
    photographs = firsts.map { item in
      var photographs: [Photo] = []
      photographs.reserveCapacity(count)
      photographs.append(item.photo.photograph(setting))
      return photographs
    }
    for (position, item) in firsts.enumerated() { positions[item.name] = position }
  }

  /// Adds another setting's photographs.
  ///
  /// - Throws: `UserError` naming an image that only one of two settings has, or that has two classes.
  mutating func add(
    _ setting: CorruptedSetting, in folder: FolderListing.Entry, _ classes: ClassList
  ) throws {
    let contents = try Self.contents(of: setting, in: folder, classes)
    let settings = photographs[0].count
    for item in contents.items {
      guard let position = positions[item.name] else {
        throw UserError("\(item.place): an image that \(place) lacks", remedy: Self.remedy)
      }
      let first = firsts[position]
      guard item.label == first.label else {
        throw UserError(
          "\(item.place): of class \(item.label), but of class \(first.label) in \(place)",
          remedy: Self.remedy)
      }
      photographs[position].append(item.photo.center224.photograph(setting))
    }
    let missing = photographs.indices.filter { photographs[$0].count == settings }
    if let some = missing.first {
      throw UserError(
        "\(folder.path): lacks \(missing.count.counted("image")) of \(place), e.g. \(firsts[some].name)",
        remedy: Self.remedy)
    }
    notes += contents.notes
  }

  /// Each image with its photographs.
  var items: [LabelledItem] {
    zip(firsts, photographs).map { LabelledItem($0.photo, label: $0.label, photographs: $1) }
  }

  /// What one setting's folder holds.
  ///
  /// - Throws: `UserError` where it holds nothing, or an image twice.
  private static func contents(
    of setting: CorruptedSetting, in folder: FolderListing.Entry, _ classes: ClassList
  ) throws -> DatasetLayout.Contents {
    guard var contents = try DatasetLayout.classFolders.read(folder, classes),
      !contents.items.isEmpty
    else {
      throw UserError("\(folder.path): no photos in folders named by WordNet id", remedy: remedy)
    }
    var places: [String: String] = [:]
    for item in contents.items {
      guard let other = places.updateValue(item.place, forKey: item.name) else { continue }
      throw UserError(
        "\(item.place): the same image as \(other)", remedy: "move one of them away")
    }
    contents.notes = contents.notes.map { "\(setting.name): \($0)" }
    return contents
  }

  private static let remedy = "unpack ImageNet-C again, or move the corruption's folder away"
}

extension Photo {
  /// The same, 224×224 already.
  fileprivate var center224: Photo {
    var photo = self
    photo.isCenter224 = true
    return photo
  }

  /// The same as a photograph of an image under a setting.
  fileprivate func photograph(_ setting: CorruptedSetting) -> Photo {
    var photo = self
    photo.name = "\(setting.name)/\(name)"
    return photo
  }
}
