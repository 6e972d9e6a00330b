import Foundation

/// Whether a file system has locks, without which SQLite can do nothing: NFS without its lock daemon
/// has none, and SQLite takes that for somebody else's lock.
package enum FileLocks {
  /// Why no file can be locked in the folder of `path`; `nil` where one can, or nothing can be said.
  ///
  /// It is tried on a file of its own: closing the database's would end this process's locks on it.
  ///
  /// - Parameter lock: locks a descriptor's file, and sets `errno` where that fails.
  package static func failure(
    beside path: String, lock: (Int32) -> Bool = FileLocks.lock
  ) -> String? {
    let place = "\(path)-\(UUID().uuidString.prefix(8)).lock"
    let descriptor = open(place, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    defer {
      close(descriptor)
      unlink(place)
    }
    return lock(descriptor) ? nil : String(cString: strerror(errno))
  }

  /// Takes a lock for writing, as SQLite does.
  package static func lock(_ descriptor: Int32) -> Bool {
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    return fcntl(descriptor, F_SETLK, &lock) == 0
  }
}
