import Imaging
import Support

extension DatasetLayout {
  /// ImageNet's training archive, a tar of a tar for each class, or the folder of those. Photos have the
  /// names that they have in class folders.
  static let classArchives = DatasetLayout(
    name: "class-archives",
    summary: "ILSVRC2012_img_train.tar, or a folder of its tars (n01440764.tar)", isImageNet: true
  ) { place, classes in
    guard let places = try archives(place) else { return nil }
    let named = try place.isFolder ? places : ListedArchive.inner(of: places)
    guard named.contains(where: { ClassList.isWordNetID($0.folder) }) else { return nil }
    let walk = try ArchiveWalk(named)
    var contents = Contents(items: [])
    for archive in walk.archives {
      let folder = String(archive.prefix.dropLast())
      guard let label = classes.index(id: folder) else {
        throw UserError(
          "\(archive.source.path): no class of ImageNet-1k has this WordNet id",
          remedy: "rename the archive or move it away")
      }
      contents.items += archive.photos.map {
        LabelledItem(archive.photo($0, orientation: .asStored), label: label)
      }
    }
    contents.notes = [PhotoNames.note(leftOut: walk.leftOut)].compactMap { $0 } + walk.notes
    return contents
  }

  /// A shard or a folder of shards in WebDataset's layout, whose samples have their class in `KEY.cls`.
  static let webDataset = DatasetLayout(
    name: "webdataset",
    summary: "a folder of tar shards in WebDataset's layout (KEY.jpg, KEY.cls)"
  ) { place, classes in
    guard let places = try archives(place), let first = places.first,
      try TarArchive(first.source).members.contains(where: { $0.name.hasSuffix(".cls") })
    else { return nil }
    let walk = try ArchiveWalk(places, wantsLabels: true)
    var contents = Contents(items: [])
    var contradictions = Contradictions(
      between: "the samples' .cls and the names of files", used: ".cls", classes: classes)
    for archive in walk.archives {
      var orientation = PhotoOrientation.OfFolder()
      for (member, label) in try archive.labelled(classes) {
        let photo = archive.photo(
          member, orientation: orientation.of("\(archive.root)/\(archive.prefix)\(member.name)"))
        try contradictions.add(photo.name, label, claim: "\(photo.place): .cls is")
        contents.items.append(LabelledItem(photo, label: label))
      }
    }
    contents.notes =
      [
        PhotoNames.note(leftOut: walk.leftOut), try contradictions.note(place: place.path),
      ].compactMap { $0 } + walk.notes
    return contents
  }

  /// The archive at a place, or those in a folder; `nil` where there are none, and where folders or photos
  /// lie beside them.
  private static func archives(_ place: FolderListing.Entry) throws -> [ListedArchive.Place]? {
    guard place.isFolder else {
      return try TarArchive.isArchive(path: place.path) ? [ListedArchive.place(place)] : nil
    }
    let entries = try FolderListing(path: place.path).entries
    let places = ListedArchive.places(entries, in: place.path)
    let isOther = entries.contains { $0.isFolder || ImageFormat.isImageName($0.name) }
    return places.isEmpty || isOther ? nil : places
  }
}

extension ListedArchive {
  /// The archives in archives.
  fileprivate static func inner(of places: [Place]) throws -> [Place] {
    try places.flatMap { place in
      try TarArchive(place.source).members.compactMap { member in
        folder(of: member.name).map {
          Place(source: TarSource(member, of: place.source), prefix: "\($0)/", root: place.root)
        }
      }
    }
  }

  /// A photo of the archive.
  fileprivate func photo(_ member: TarArchive.Member, orientation: PhotoOrientation) -> Photo {
    Photo(
      name: prefix + member.name, size: member.size, location: .member(member, of: source),
      orientation: orientation)
  }

  /// The photos with their samples' classes.
  ///
  /// - Throws: `UserError` for a sample without class and a class that is none.
  fileprivate func labelled(_ classes: ClassList) throws -> [(TarArchive.Member, label: Int)] {
    let file = try source.open()
    return try photos.map { photo in
      guard let member = labels[WebDatasetSamples.key(photo.name)] else {
        throw UserError(
          "\(source.path): \(photo.name) has no .cls beside it", remedy: "make the shard again")
      }
      let bytes = try file.read(at: member.offset, upTo: member.size)
      guard bytes.count == member.size else {
        throw UserError(
          "\(source.path): ends within \(member.name)", remedy: "make the shard again")
      }
      let text = String(decoding: bytes, as: UTF8.self)
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return (photo, try classes.label(text, place: "\(source.path):\(member.name)"))
    }
  }
}

extension ListedArchive.Place {
  /// The folder as which it counts.
  fileprivate var folder: Substring { prefix.dropLast() }
}
