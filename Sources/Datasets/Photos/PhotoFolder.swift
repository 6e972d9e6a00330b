import Imaging
import Support

/// Photos without labels, for training: every file below a folder that is named as a photo. A tar archive,
/// given by itself or lying in the folder or in another archive, is read where it lies and counts as a
/// folder of its name without `.tar`: photos have the names that they would have unpacked.
public struct PhotoFolder: Sendable {
  /// As it was given.
  public let path: String
  /// Sorted by name (as bytes); names are unique.
  public let photos: PhotoList
  /// Notes for the user that are not errors, one line each, e.g. files that were left out.
  public let notes: [String]
  /// SHA-256 over a line `name`, tab, `size in bytes` for each photo, each ended by a line feed.
  public let fingerprint: String

  /// Lists a folder and those below it, or an archive; hidden files are left out, and links to folders
  /// are followed as `FolderWalk` does. Of a WebDataset's samples the photos are taken.
  ///
  /// - Parameter progress: called now and then while archives are listed, on any thread, with the
  ///   megabytes that have been passed and all of them.
  /// - Throws: `UserError` naming the place when it cannot be listed or holds no photo, for an archive
  ///   that is damaged or has no photo, and for two photos of one name.
  public init(
    path: String, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws {
    self.path = path
    let place = try FolderListing.place(
      path, path: path,
      remedy: path.contains("{")
        ? "give the folder of the shards" : "give a folder of photos or a tar archive")
    var builder = PhotoList.Builder()
    if place.isFolder {
      notes = try Self.list(place, into: &builder, progress)
    } else {
      notes = try Self.list(archive: place, into: &builder, progress)
    }
    photos = try builder.sorted()
    guard !photos.isEmpty else {
      throw UserError(
        "\(path): contains no photos",
        remedy: notes.first ?? "give a folder of \(ImageFormat.choiceText) files")
    }
    fingerprint = photos.fingerprint
  }

  private static func list(
    _ folder: FolderListing.Entry, into builder: inout PhotoList.Builder,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> [String] {
    let walk = try FolderWalk(root: folder.path, branches: [folder])
    let files = walk.files.joined()
    builder.add(files.filter { ImageFormat.isImageName($0.name) }, below: folder.path)
    let places = ListedArchive.places(files, in: folder.path)
    let archives = try ArchiveWalk(places, progress: progress)
    archives.archives.forEach { builder.add($0) }
    let others = files.map(\.name).filter {
      !ImageFormat.isImageName($0) && ListedArchive.folder(of: $0) == nil
    }
    return
      [
        PhotoNames.note(leftOut: others + archives.leftOut),
        PhotoNames.note(hidden: walk.hiddenPhotos),
      ].compactMap { $0 } + walk.notes.capped("linked folders left out") + archives.notes
  }

  private static func list(
    archive: FolderListing.Entry, into builder: inout PhotoList.Builder,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> [String] {
    let archives = try ArchiveWalk([ListedArchive.place(archive)], progress: progress)
    archives.archives.forEach { builder.add($0) }
    return [PhotoNames.note(leftOut: archives.leftOut)].compactMap { $0 } + archives.notes
  }
}
