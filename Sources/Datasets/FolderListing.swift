import Foundation
import Support

/// What lies in a folder, as far as image sets care.
struct FolderListing {
  /// One entry that is not hidden.
  struct Entry {
    let name: String
    let path: String
    let isFolder: Bool
    /// Bytes, for files.
    let size: Int
    /// Device and inode, so that a folder reached twice through links is known again.
    let identity: [UInt64]
  }

  /// The entries, sorted by name as bytes; hidden ones (a dot first) are left out. A broken link
  /// counts as a file of no bytes, so that an image that is not there fails by name when it is read
  /// and is not passed over in silence.
  let entries: [Entry]

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
          ?? Entry(name: name, path: place, isFolder: false, size: 0, identity: [])
      }
  }

  /// The file or folder at a path, links followed; `nil` when nothing is there.
  static func entry(_ name: String, path: String) -> Entry? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFDIR || kind == S_IFREG else { return nil }
    return Entry(
      name: name, path: path, isFolder: kind == S_IFDIR, size: Int(status.st_size),
      identity: [UInt64(status.st_dev), UInt64(status.st_ino)])
  }

  /// Order of names by their UTF-8 bytes: the same everywhere, whatever the locale.
  static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  /// The files below a folder at any depth, with paths relative to it as names; links to folders
  /// are followed, each folder once.
  static func files(below path: String) throws -> [Entry] {
    var found: [Entry] = []
    var visited = Set(entry("", path: path).map { [$0.identity] } ?? [])
    var waiting = [(path: path, prefix: "")]
    while let (path, prefix) = waiting.popLast() {
      for entry in try FolderListing(path: path).entries {
        let name = prefix + entry.name
        if !entry.isFolder {
          found.append(
            Entry(
              name: name, path: entry.path, isFolder: false, size: entry.size,
              identity: entry.identity))
        } else if visited.insert(entry.identity).inserted {
          waiting.append((entry.path, name + "/"))
        }
      }
    }
    return found.sorted { precedes($0.name, $1.name) }
  }
}
