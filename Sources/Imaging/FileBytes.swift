import Foundation
import Support

/// Whole files as bytes, with errors for people.
package enum FileBytes {
  /// The content of the file, or its first `count` bytes.
  ///
  /// - Throws: `UserError` when there is no such file, it cannot be read, is a folder, empty, or
  ///   larger than `Limits.imageBytes`.
  package static func read(path: String, upTo count: Int = .max) throws -> [UInt8] {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw UserError("\(path): not a regular file", remedy: "give an image file")
    }
    guard status.st_size > 0 else { throw UserError("\(path): empty file (0 bytes)") }
    try Limits.imageBytes.check(Int(status.st_size), path)
    let size = min(Int(status.st_size), count)
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      while count < size {
        let got = Foundation.read(descriptor, start + count, size - count)
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { throw failure(path, errno) }
        if got == 0 { break }
        count += got
      }
    }
  }

  private static func failure(_ path: String, _ code: Int32) -> UserError {
    guard code != ENOENT else {
      // What stands in a String for bytes that are not UTF-8, which lead to no file.
      let isOther = path.contains("\u{FFFD}")
      return UserError(
        "\(path): no such file",
        remedy: isOther ? "its name is not UTF-8: rename it" : "check the path")
    }
    return UserError("\(path): cannot be read (\(String(cString: strerror(code))))")
  }
}
