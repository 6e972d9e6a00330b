import Support

extension DatasetLayout {
  /// A part of ImageNet-ES, `es-test` or `es-val`: images of a display that were photographed under known
  /// light and camera settings, each under every one (Baek et al., Unexplored Faces of Robustness and
  /// Out-of-Distribution, CVPR 2024).
  ///
  /// Items are the references in `sampled_tin_no_resize` (of `es-val`) or `sampled_tin_no_resize2`,
  /// validation files of ILSVRC2012; a photograph has its reference's name in
  /// `<exposure>/<light>/<parameters>/<wnid>`. Pixels are read as stored, as in its authors' programs.
  static let imageNetES = DatasetLayout(
    name: "imagenet-es",
    summary: "a part of ImageNet-ES (es-test/param_control/l1/param_1/n01443537/*.JPEG)",
    isImageNet: true, strata: { ESSetting(name: $0)?.strata ?? [] }
  ) { place, _ in
    guard place.isFolder else { return nil }
    let folders = try FolderListing(path: place.path).entries.filter(\.isFolder)
    if let part = folders.first(where: { ["es-test", "es-val"].contains($0.name) }) {
      throw UserError(
        "\(place.path): holds the parts of ImageNet-ES",
        remedy: "give one of them, e.g. \(part.path)")
    }
    let exposures = folders.filter { ESSetting.exposures.contains($0.name) }
    guard !exposures.isEmpty else { return nil }
    let references = try references(among: folders, in: place.path)
    let settings = try settings(below: exposures)
    let photographs = try settings.map { setting, folder in
      try Photographs(of: references.items, setting: setting, in: folder)
    }
    var contents = Contents(
      items: references.items.map { reference in
        LabelledItem(
          reference.photo, label: reference.label,
          photographs: photographs.compactMap { $0.byName[reference.name] })
      }, settings: settings.map(\.setting.name))
    contents.notes =
      references.notes + photographs.flatMap(\.notes).capped("notes on photographs")
    return contents
  }

  /// The images that were shown to the camera.
  private static func references(
    among folders: [FolderListing.Entry], in place: String
  ) throws -> Contents {
    let names = ["sampled_tin_no_resize", "sampled_tin_no_resize2"]
    let found = folders.filter { names.contains($0.name) }
    guard let folder = found.first, found.count == 1 else {
      throw UserError(
        "\(place): \(found.isEmpty ? "none" : "both") of the folders \(names[0]) and \(names[1]) "
          + "of references is there",
        remedy: "unpack ImageNet-ES whole: the references lie beside \(ESSetting.exposures[0])")
    }
    return try classes(in: folder)
  }

  fileprivate static func classes(in folder: FolderListing.Entry) throws -> Contents {
    guard let contents = try classFolders.read(folder, ClassList.imageNet()),
      !contents.items.isEmpty
    else {
      throw UserError(
        "\(folder.path): no photos in folders named by WordNet id",
        remedy: "unpack ImageNet-ES again, or move the folder away")
    }
    return contents
  }

  /// By exposure, light and number of the parameters.
  private static func settings(
    below exposures: [FolderListing.Entry]
  ) throws -> [(setting: ESSetting, folder: FolderListing.Entry)] {
    var settings: [(setting: ESSetting, folder: FolderListing.Entry)] = []
    for exposure in exposures {
      for light in try FolderListing(path: exposure.path).entries where light.isFolder {
        let folders = try FolderListing(path: light.path).entries.filter(\.isFolder)
        settings += folders.sorted { ($0.name.utf8.count, $0.name) < ($1.name.utf8.count, $1.name) }
          .map { (ESSetting(exposure: exposure.name, light: light.name, parameters: $0.name), $0) }
      }
    }
    guard !settings.isEmpty else {
      let names = exposures.map(\.path).joined(separator: ", ")
      throw UserError("\(names): no settings (l1/param_1, …)", remedy: "unpack ImageNet-ES whole")
    }
    return settings
  }
}

/// Under which light and how the camera was set.
private struct ESSetting {
  static let exposures = ["auto_exposure", "param_control"]

  let exposure, light, parameters: String

  var name: String { "\(exposure)/\(light)/\(parameters)" }

  /// Parameters of the two kinds of exposure have nothing but their names in common.
  var strata: [PhotoStratum] {
    [
      PhotoStratum(factor: "exposure", value: exposure),
      PhotoStratum(factor: "light", value: light),
      PhotoStratum(factor: "parameters", value: "\(exposure) \(parameters)"),
    ]
  }
}

extension ESSetting {
  init?(name: String) {
    let parts = name.split(separator: "/").map(String.init)
    guard parts.count == 3 else { return nil }
    self.init(exposure: parts[0], light: parts[1], parameters: parts[2])
  }
}

/// The photographs of one setting.
private struct Photographs {
  /// By the reference's name.
  let byName: [String: Photo]
  let notes: [String]

  /// - Throws: `UserError` for a reference without photograph, a photograph without reference or with
  ///   another label, and two of one reference.
  init(
    of references: [LabelledItem], setting: ESSetting, in folder: FolderListing.Entry
  ) throws {
    let contents = try DatasetLayout.classes(in: folder)
    let remedy = "unpack ImageNet-ES again, or move the setting's folder away"
    let labels = Dictionary(
      references.map { ($0.name, $0.label) }, uniquingKeysWith: { first, _ in first })
    var byName: [String: Photo] = [:]
    for item in contents.items {
      guard let label = labels[item.name] else {
        throw UserError("\(item.place): a photograph without reference", remedy: remedy)
      }
      guard label == item.label else {
        throw UserError(
          "\(item.place): of class \(item.label), but its reference of class \(label)",
          remedy: remedy)
      }
      var photo = item.photo
      photo.name = "\(setting.name)/\(item.name)"
      if let other = byName.updateValue(photo, forKey: item.name) {
        throw UserError("\(item.place): the same image as \(other.place)", remedy: remedy)
      }
    }
    if let missing = references.first(where: { byName[$0.name] == nil }) {
      let count = references.count { byName[$0.name] == nil }
      throw UserError(
        "\(folder.path): lacks the \(count == 1 ? "photograph" : "photographs") of "
          + "\(count.counted("reference")), e.g. \(missing.name)", remedy: remedy)
    }
    self.byName = byName
    notes = contents.notes.map { "\(setting.name): \($0)" }
  }
}
