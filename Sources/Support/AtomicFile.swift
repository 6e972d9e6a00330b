import Foundation

/// The way a file is written so that its readers see the old one or the new one, never a half: into
/// a temporary file in the same folder, synced, then renamed. Where the file system can (Linux), it has
/// no name until then, so that a process that is killed leaves nothing.
public struct AtomicFile {
  /// The path as it was given, for messages.
  public let path: String
  private let temporaryPath: String
  private let destination: String
  private let folder: String

  /// - Throws: `UserError` when the folder is missing or `path` is not a file.
  public init(path: String) throws {
    self.path = path
    guard !path.isEmpty, !path.hasSuffix("/") else {
      throw UserError("\"\(path)\": is not a file name", remedy: "name the file to write")
    }
    // A link stays a link: what it points at is replaced.
    destination = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    folder = URL(fileURLWithPath: destination).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw UserError("\(path): its folder does not exist", remedy: "create it first")
    }
    var status = stat()
    if stat(destination, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw UserError("\(path): is not a regular file", remedy: "choose another output")
    }
    let name = URL(fileURLWithPath: destination).lastPathComponent
    temporaryPath = "\(folder)/.\(name.prefix(80)).\(UUID().uuidString.prefix(13)).partial"
  }

  /// Writes the whole file.
  ///
  /// - Throws: `UserError` when that fails, e.g. on a full disk; nothing is then left of it.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    try write { append in try append(bytes) }
  }

  /// Writes the file piece by piece, as `body` hands them over.
  ///
  /// - Throws: `UserError` when that fails, e.g. on a full disk, and what `body` throws; nothing is
  ///   then left of it.
  public func write(_ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    let unnamed = openUnnamed()
    let descriptor =
      unnamed ?? open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure() }
    let ticket = Unfinished.add(temporaryPath)
    defer {
      close(descriptor)
      Unfinished.remove(ticket)
    }
    try body { try append($0, to: descriptor) }
    guard fsync(descriptor) == 0 else { throw failure() }
    if let unnamed, !name(unnamed) { throw failure() }
    guard rename(temporaryPath, destination) == 0 else { throw failure() }
    Unfinished.forget(ticket)
    syncFolder()
  }

  /// A file without a name; `nil` where the file system has none, or no `/proc` to name it by.
  private func openUnnamed() -> Int32? {
    #if os(Linux)
      // O_TMPFILE, which C composes of these.
      let descriptor = open(folder, O_WRONLY | 0o20000000 | O_DIRECTORY | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { return nil }
      if access(Self.place(of: descriptor), F_OK) == 0 { return descriptor }
      close(descriptor)
    #endif
    return nil
  }

  /// Gives a file without a name the temporary one.
  ///
  /// - Returns: whether that worked.
  private func name(_ descriptor: Int32) -> Bool {
    linkat(AT_FDCWD, Self.place(of: descriptor), AT_FDCWD, temporaryPath, AT_SYMLINK_FOLLOW) == 0
  }

  private static func place(of descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

  private func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
    var written = 0
    while written < bytes.count {
      let piece = UnsafeRawBufferPointer(
        rebasing: bytes[written..<min(bytes.count, written + (1 << 26))])
      let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      written += count
    }
  }

  /// So that the new name survives a power failure too; not every file system can.
  private func syncFolder() {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private func failure() -> UserError {
    UserError("\(path): cannot be written (\(String(cString: strerror(errno))))")
  }
}

extension AtomicFile {
  /// Makes the folder in which a file is to lie, and those above it, where they are missing.
  ///
  /// - Throws: `UserError` naming the file when that fails.
  public static func makeFolder(of path: String) throws {
    var missing: [String] = []
    var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    var status = stat()
    while folder.path != "/", stat(folder.path, &status) != 0 {
      missing.append(folder.path)
      folder.deleteLastPathComponent()
    }
    for folder in missing.reversed() where mkdir(folder, 0o777) != 0 && errno != EEXIST {
      throw UserError(
        "\(path): the folder \(folder) cannot be created (\(String(cString: strerror(errno))))")
    }
  }

  /// Finds out whether a file can be written, before the work that makes its content.
  ///
  /// - Throws: `UserError` naming the file when its folder is missing or cannot be written to.
  public static func check(_ path: String) throws {
    let file = try AtomicFile(path: path)
    let descriptor = open(file.temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw file.failure() }
    close(descriptor)
    unlink(file.temporaryPath)
  }

  /// Writes a whole file.
  ///
  /// - Throws: `UserError` naming the file when that fails; what was there before stays.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { try AtomicFile(path: path).write($0) }
  }

  /// Writes a text file, as UTF-8.
  ///
  /// - Throws: As `write(_:to:)` of bytes.
  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }
}
