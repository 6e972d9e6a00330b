import Imaging
import Support

/// What a set of photos needs to know of a tar archive that counts as a folder of photos.
struct ListedArchive: Sendable {
  /// An archive before it is listed.
  struct Place: Sendable {
    let source: TarSource
    /// What the names of its photos begin with: nothing, or the archive's own name and a slash.
    let prefix: String
    /// The path of the set, which names are below.
    let root: String
  }

  let source: TarSource
  /// See `Place`.
  let prefix, root: String
  /// Members named as photos; their names have no needless `.` and slashes.
  let photos: [TarArchive.Member]
  /// Archives in the archive.
  let archives: [Place]
  /// The names of files that are neither photos nor archives, nor of a WebDataset's sample.
  let leftOut: [String]
  /// A WebDataset's labels by key, where they were asked for.
  let labels: [Substring: TarArchive.Member]
  /// Photos whose names begin with a dot.
  let hidden: [String]
  /// The archive's own.
  let notes: [String]

  /// Lists an archive.
  ///
  /// - Parameters:
  ///   - nests: whether archives in it are read.
  ///   - wantsLabels: whether a WebDataset's labels are kept.
  ///   - progress: as for `TarArchive`.
  /// - Throws: As `TarArchive`, and `UserError` for an archive without photos and a WebDataset's sample
  ///   with two of them.
  init(
    _ place: Place, nests: Bool, wantsLabels: Bool, progress: @escaping (Int) -> Void
  ) throws {
    let archive = try TarArchive(place.source, progress: progress)
    (source, prefix, root) = (place.source, place.prefix, place.root)
    var sorted = Sorted()
    for member in archive.members { sorted.add(member, nests: nests) }
    let samples = try WebDatasetSamples(photos: sorted.photos, others: sorted.others, in: source)
    photos = sorted.photos
    archives = sorted.archives.map { folder, member in
      Place(
        source: TarSource(member, of: place.source), prefix: "\(place.prefix)\(folder)/",
        root: place.root)
    }
    leftOut = samples.leftOut.map { place.prefix + $0.name }
    labels = wantsLabels ? samples.labels : [:]
    (hidden, notes) = (sorted.hidden.map { place.prefix + $0 }, archive.notes)
    guard !photos.isEmpty || !archives.isEmpty else {
      throw UserError(
        "\(source.path): contains no photos",
        remedy: PhotoNames.note(leftOut: leftOut) ?? "remove it or make it again")
    }
  }

  /// Members by what they are.
  private struct Sorted {
    var (photos, others): ([TarArchive.Member], [TarArchive.Member]) = ([], [])
    var archives: [(folder: String, member: TarArchive.Member)] = []
    var hidden: [String] = []

    mutating func add(_ stored: TarArchive.Member, nests: Bool) {
      let name = PathName.normal(stored.name) ?? stored.name
      let member = TarArchive.Member(name: name, offset: stored.offset, size: stored.size)
      if name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
        if ImageFormat.isImageName(name) { hidden.append(name) }
      } else if ImageFormat.isImageName(name) {
        photos.append(member)
      } else if nests, let folder = ListedArchive.folder(of: name) {
        archives.append((folder, member))
      } else {
        others.append(member)
      }
    }
  }

  /// The folder as which an archive counts, its name without `.tar`; `nil` for other names.
  static func folder(of name: String) -> String? {
    name.lowercased().hasSuffix(".tar") ? String(name.dropLast(4)) : nil
  }

}

extension ListedArchive {
  /// An archive that is a set by itself.
  ///
  /// - Throws: `UserError` when it cannot be opened.
  static func place(_ file: FolderListing.Entry) throws -> Place {
    Place(
      source: TarSource(kept: try ReadableFile(path: file.path)), prefix: "",
      root: folder(of: file.path) ?? file.path)
  }

  /// The archives among the files of a folder, whose names are their paths below it.
  static func places(_ files: some Sequence<FolderListing.Entry>, in root: String) -> [Place] {
    files.compactMap { file in
      folder(of: file.name).map { Place(source: TarSource(file), prefix: "\($0)/", root: root) }
    }
  }
}
