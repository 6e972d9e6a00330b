import Foundation
import Support
import Synchronization
import Tracking
import WeightFiles

/// Has each HDF5 file read by a child process: where the HDF5 library crashes, hangs or fills the memory on a damaged
/// file, that is an error message.
///
/// A file whose SHA-256 the command's database has (as weights, as a corrector, or as what a run wrote) was
/// read before, and is read in this process.
final class FileTrust: Sendable {
  /// The program's own.
  static let shared = FileTrust()

  private struct Identity: Hashable {
    let numbers: [Int]
  }
  private let known = Mutex(Set<Identity>())
  /// A database while somebody else holds it: it must be closed when its command is done.
  private struct Trusted {
    weak var store: Store?
  }
  private let stores = Mutex([Trusted]())

  /// From now on a child process reads every file that is not known.
  func begin() {
    // Whoever started the program may have ignored it, and nobody would learn how a child ended.
    signal(SIGCHLD, SIG_DFL)
    HDF5Gate.set { try self.process(reading: $0) }
  }

  /// Files that a database has are known.
  func trust(_ store: Store) { stores.withLock { $0.append(Trusted(store: store)) } }

  /// Who reads a file; `nil` for this process.
  private func process(reading path: String) throws -> HDF5Child? {
    guard let (identity, size) = Self.identity(of: path),
      !known.withLock({ $0.contains(identity) })
    else { return nil }
    guard try !isKnown(path) else {
      known.withLock { _ = $0.insert(identity) }
      return nil
    }
    guard let program = Bundle.main.executablePath else {
      throw UserError(
        "\(path): cannot be read in a process of its own (the program does not know where it is)")
    }
    let seconds = min(try Limits.hdf5Seconds.value, 1 << 40) + size / 10_000_000
    return try HDF5Child(
      program: program, path: path, seconds: seconds, bytes: try Limits.hdf5Bytes.value)
  }

  private func isKnown(_ path: String) throws -> Bool {
    let stores = stores.withLock { $0.compactMap(\.store) }
    guard !stores.isEmpty else { return false }
    let digest = try FileDigest.sha256(path: path)
    return try stores.contains { try $0.knows(file: digest) }
  }

  /// What changes with a file's content; `nil` where there is none, which whoever opens it says.
  private static func identity(of path: String) -> (Identity, size: Int)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if os(Linux)
      let (changed, modified) = (status.st_ctim, status.st_mtim)
    #else
      let (changed, modified) = (status.st_ctimespec, status.st_mtimespec)
    #endif
    let times = [changed.tv_sec, changed.tv_nsec, modified.tv_sec, modified.tv_nsec]
    let numbers = [Int(status.st_dev), Int(status.st_ino), Int(status.st_size)] + times
    return (Identity(numbers: numbers), Int(status.st_size))
  }
}
