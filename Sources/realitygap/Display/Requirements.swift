import Support
import Tensors

/// What the system must let the program have, since libraries hang or crash without it.
enum Requirements {
  /// Photos of every thread, the database with its log for every reader, pages of the dashboard.
  static let leastOpenFiles = 64

  /// - Throws: `UserError` naming the limit that is too low.
  static func check() throws {
    ProcessLimit.openFiles.raise()
    try ProcessLimit.openFiles.require(leastOpenFiles, remedy: "raise it: ulimit -n 1024")
    try ProcessLimit.memory.require(
      BLAS.leastMemory(threads: 1), remedy: "raise it to 2 GB or more: ulimit -v unlimited")
  }
}
