import CHDF5
import Foundation
import Support

/// The HDF5 C library, which Debian builds without thread safety: every call goes through one lock.
enum HDF5Library {
  private static let lock = NSRecursiveLock()

  /// Runs `body` while no other thread is in the library.
  static func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    rg_hdf5_start()
    return try body()
  }

  /// Gives an identifier back; `lastFailure` stays what it was.
  static func released(_ identifier: hid_t) {
    lock.lock()
    defer { lock.unlock() }
    rg_hdf5_release(identifier)
  }

  /// What the library says of the last call that failed, e.g. `No space left on device`.
  static var lastFailure: HDF5Failure {
    let lines = withShimMessage(length: 1 << 14) { rg_hdf5_errors($0, 1 << 14) }.text
      .split(separator: "\n")
    return HDF5Failure(messages: lines.map(String.init))
  }
}

extension HDF5File {
  /// The HDF5 library's version, e.g. `1.10.8`.
  public static var libraryVersion: String {
    HDF5Library.locked {
      var (major, minor, release) = (UInt32(0), UInt32(0), UInt32(0))
      H5get_libversion(&major, &minor, &release)
      return "\(major).\(minor).\(release)"
    }
  }
}

/// The messages of a failed call of the library.
struct HDF5Failure {
  /// From where it failed first to the call itself.
  let messages: [String]

  /// Why it failed, as far down as the library knows.
  var reason: String {
    let message = messages.first ?? ""
    // Failures of the operating system come as "…, error message = '…', …".
    guard let start = message.range(of: "error message = '"),
      let end = message.range(of: "'", range: start.upperBound..<message.endIndex)
    else { return message.isEmpty ? "HDF5 does not say why" : message.printable }
    return String(message[start.upperBound..<end.lowerBound]).printable
  }

  /// Whether the library met a version of a structure that it does not know.
  var isUnknownVersion: Bool { messages.first?.contains("version") == true }

  /// Whether nothing of the requested name exists.
  var isAbsent: Bool {
    guard let first = messages.first else { return false }
    return first.contains("component not found") || first.contains("doesn't exist")
  }

  /// Whether the file is marked as being written.
  var isUnfinished: Bool { messages.contains { $0.contains("already open for") } }
}

/// An identifier of the library that is given back when the last holder goes.
final class HDF5Handle: @unchecked Sendable {
  let identifier: hid_t

  /// `nil` for what a failed call returned; `HDF5Library.lastFailure` then still says why.
  init?(_ identifier: hid_t) {
    guard identifier >= 0 else { return nil }
    self.identifier = identifier
  }

  deinit { HDF5Library.released(identifier) }
}
