import Foundation
import Support

/// A file, or a part of one, opened for reading at any position; safe to share between threads (`pread`
/// moves no common position). Closed when the last reference goes.
final class ReadableFile: Sendable {
  /// As messages name it; of a part, `file:part`.
  let path: String
  /// Bytes that there were when it was opened.
  let size: Int
  private let descriptor: Descriptor
  /// Where it starts in the file on disk, in bytes.
  private let start: Int

  private final class Descriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { close(number) }
  }

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
    self.descriptor = Descriptor(descriptor)
    (start, size) = (0, Int(status.st_size))
  }

  private init(part name: String, of whole: ReadableFile, at offset: Int, size: Int) {
    (path, descriptor) = ("\(whole.path):\(name)", whole.descriptor)
    (start, self.size) = (whole.start + offset, size)
  }

  /// A part of it as a file of its own, which shares what is open.
  func part(_ member: TarArchive.Member) -> ReadableFile {
    ReadableFile(part: member.name, of: self, at: member.offset, size: member.size)
  }

  /// Up to `count` bytes from `offset`; fewer only where the file, as it was opened, ends.
  ///
  /// - Throws: `UserError` naming the file when the system reports an error.
  func read(at offset: Int, upTo count: Int) throws -> [UInt8] {
    let count = max(min(count, size - offset), 0)
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let memory = buffer.baseAddress {
        let got = pread(
          descriptor.number, memory + filled, count - filled, off_t(start + offset + filled))
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
