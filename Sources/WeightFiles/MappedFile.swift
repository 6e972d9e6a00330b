import Foundation
import Support

/// A whole file as bytes, mapped into memory, so that only the pages in use are read.
final class MappedFile: @unchecked Sendable {
  /// The path as it was given.
  let path: String
  /// The bytes; valid as long as this object lives.
  let bytes: UnsafeRawBufferPointer

  /// - Throws: `UserError` when the file is missing, not a regular file, or unreadable.
  init(path: String) throws {
    self.path = path
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT
        ? UserError("\(path): no such file", remedy: "check the path")
        : UserError("\(path): cannot be read (\(String(cString: strerror(errno))))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw UserError("\(path): not a regular file", remedy: "name a weight file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      memory != MAP_FAILED
    else { throw UserError("\(path): cannot be mapped (\(String(cString: strerror(errno))))") }
    bytes = UnsafeRawBufferPointer(start: memory, count: count)
  }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}
