import Foundation

/// Which file or folder it is, whatever links lead to it: device and inode; for a member of an
/// archive, its place there. A path leads to another one after its folder was moved, unmounted or
/// made anew.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// The member of an archive whose content begins at this byte.
  package init(member offset: Int) { (device, inode) = (0, UInt64(offset)) }

  /// What the system says of a file.
  package init(_ status: stat) {
    (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }

  /// What the path leads to; `nil` where there is nothing.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
