import Foundation

/// A whole file of text or settings in memory.
public enum BoundedFile {
  /// The bytes of a regular file.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read, is no regular file, or is larger than
  ///   the limit.
  public static func read(path: String, _ limit: Limit) throws -> Data {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw UserError("\(path): not a regular file", remedy: "name a file")
    }
    let most = try limit.value
    try limit.check(Int(status.st_size), path)
    do {
      // A file of /proc has more than the 0 bytes that it says, and a log may grow.
      var data = Data()
      while data.count <= most, let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
        data += piece
      }
      try limit.check(data.count, path)
      return data
    } catch let error as UserError {
      throw error
    } catch {
      throw unreadable(path)
    }
  }

  private static func unreadable(_ path: String) -> UserError {
    UserError("\(path): cannot be read", remedy: "check that it exists and is readable")
  }
}
