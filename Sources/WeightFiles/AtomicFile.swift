import Foundation
import Support

/// The way a file is written so that its readers see the old one or the new one, never a half: into
/// a temporary file in the same folder, synced, then renamed.
struct AtomicFile {
  /// The path as it was given, for messages.
  let path: String
  /// Where to write until `commit()`.
  let temporaryPath: String
  private let destination: String
  private let folder: String

  /// - Throws: `UserError` when the folder is missing or `path` is something else than a file.
  init(path: String) throws {
    self.path = path
    // A link stays a link: what it points at is replaced.
    destination = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    folder = URL(fileURLWithPath: destination).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw UserError("\(path): its folder does not exist", remedy: "make it first")
    }
    var status = stat()
    if stat(destination, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw UserError("\(path): is not a regular file", remedy: "choose another output")
    }
    let name = URL(fileURLWithPath: destination).lastPathComponent
    temporaryPath = "\(folder)/.\(name.prefix(80)).\(UUID().uuidString.prefix(13)).partial"
  }

  /// How many bytes the file system of the folder has left for us, or `nil` when it does not say.
  var freeBytes: Int? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    return Int(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(
        by: UInt64(status.f_frsize)
      ).partialValue)
  }

  /// Puts the finished temporary file in its place, after it has reached the disk.
  ///
  /// - Throws: `UserError` when that fails; the temporary file is then gone.
  func commit() throws {
    do {
      try sync(temporaryPath)
      guard rename(temporaryPath, destination) == 0 else { throw failure() }
      // So that the new name survives a power failure too.
      try? sync(folder)
    } catch {
      discard()
      throw error
    }
  }

  /// Removes the temporary file. It is emptied first: whoever still has it open can then write the
  /// little that it must even where the disk was full.
  func discard() {
    truncate(temporaryPath, 0)
    unlink(temporaryPath)
  }

  private func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure() }
  }

  private func failure() -> UserError {
    UserError("\(path): cannot be written (\(String(cString: strerror(errno))))")
  }
}
