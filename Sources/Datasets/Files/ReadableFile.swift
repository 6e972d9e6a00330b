import Foundation
import Support

/// A file opened for reading at any position; safe to share between threads (`pread` moves no
/// common position). Closed when the last reference goes.
final class ReadableFile: Sendable {
  let path: String
  /// Bytes in the file when it was opened.
  let size: Int
  private let descriptor: Int32

  /// - Throws: `UserError` naming the file when it cannot be opened or is not a regular file.
  init(path: String) throws {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw UserError(
        "\(path): cannot be opened (\(String(cString: strerror(errno))))",
        // What stands in a String for bytes that are not UTF-8, which lead to no file.
        remedy: path.contains("\u{FFFD}") ? "its name is not UTF-8: rename it" : nil)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw UserError("\(path): not a regular file")
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Up to `count` bytes from `offset`; fewer only where the file ends.
  ///
  /// - Throws: `UserError` naming the file when the system reports an error.
  func read(at offset: Int, upTo count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let start = buffer.baseAddress {
        let got = pread(descriptor, start + filled, count - filled, off_t(offset + filled))
        if got < 0 {
          if errno == EINTR { continue }
          throw UserError("\(path): reading failed (\(String(cString: strerror(errno))))")
        }
        if got == 0 { break }
        filled += got
      }
    }
  }

  /// The whole file.
  func readAll() throws -> [UInt8] { try read(at: 0, upTo: size) }
}
