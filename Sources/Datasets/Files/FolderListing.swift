import Foundation
import Imaging
import Support

/// What lies in a folder, as far as image sets care.
struct FolderListing {
  /// One entry that is not hidden.
  struct Entry: Sendable {
    let name: String
    let path: String
    let isFolder: Bool
    /// Whether the name is a symbolic link.
    let isLink: Bool
    /// Bytes, for files.
    let size: Int
    /// The same for every link to a file or folder; `nil` where nothing exists.
    let identity: FileIdentity?

    /// The same entry, called otherwise.
    func named(_ name: String) -> Entry {
      Entry(
        name: name, path: path, isFolder: isFolder, isLink: isLink, size: size, identity: identity)
    }
  }

  /// The entries, sorted by name as bytes; hidden ones (a dot first) are left out. A broken link
  /// counts as a file of no bytes, so that a missing image fails by name when it is read
  /// instead of being skipped silently.
  let entries: [Entry]
  /// The names of hidden photos.
  let hiddenPhotos: [String]

  /// - Throws: `UserError` naming the folder when it cannot be listed.
  init(path: String) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw UserError(
        "\(path): the folder cannot be listed", remedy: "check that it exists and is readable")
    }
    entries = names.filter { !$0.hasPrefix(".") }.sorted(by: Self.precedes)
      .map { name in
        let place = "\(path)/\(name)"
        return Self.entry(name, path: place)
          ?? Entry(
            name: name, path: place, isFolder: false, isLink: Self.isLink(place), size: 0,
            identity: nil)
      }
    hiddenPhotos = names.filter { $0.hasPrefix(".") && ImageFormat.isImageName($0) }.sorted()
  }

  /// The file or folder at a path, links followed; `nil` when neither exists.
  static func entry(_ name: String, path: String) -> Entry? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFDIR || kind == S_IFREG else { return nil }
    return Entry(
      name: name, path: path, isFolder: kind == S_IFDIR, isLink: isLink(path),
      size: Int(status.st_size), identity: FileIdentity(status))
  }

  /// The file or folder that the user named.
  ///
  /// - Throws: `UserError` saying why there is none.
  static func place(_ name: String, path: String, remedy: String) throws -> Entry {
    if let entry = entry(name, path: path) { return entry }
    var status = stat()
    guard stat(path, &status) != 0 else {
      throw UserError("\(path): neither a file nor a folder", remedy: remedy)
    }
    guard errno == ENOENT || errno == ENOTDIR else {
      throw UserError("\(path): cannot be read (\(String(cString: strerror(errno))))")
    }
    throw UserError("\(path): no such file or folder", remedy: remedy)
  }

  /// Whether there is anything of this name, a broken link too.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Order of names by their UTF-8 bytes: the same everywhere, whatever the locale.
  static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}
