import Foundation

/// Which file a path leads to, whatever it is called: another one after its folder was moved,
/// unmounted or made anew.
struct FileNumber: Equatable {
  private let device: UInt64
  private let number: UInt64

  /// `nil` where there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
  }
}
