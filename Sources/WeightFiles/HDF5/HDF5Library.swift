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

  /// Gives an identifier back; `lastError` stays what it was.
  static func released(_ identifier: hid_t) {
    lock.lock()
    defer { lock.unlock() }
    rg_hdf5_release(identifier)
  }

  /// Why the last call failed, as far down as the library knows, e.g. `No space left on device`.
  static var lastError: String {
    var text = [CChar](repeating: 0, count: 1024)
    rg_hdf5_error(&text, text.count)
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let message = String(decoding: bytes, as: UTF8.self)
    // Failures of the operating system come as "…, error message = '…', …".
    guard let start = message.range(of: "error message = '"),
      let end = message.range(of: "'", range: start.upperBound..<message.endIndex)
    else { return message.isEmpty ? "HDF5 does not say why" : message.printable }
    return String(message[start.upperBound..<end.lowerBound]).printable
  }
}

/// An identifier of the library that is given back when the last holder goes.
final class HDF5Handle: @unchecked Sendable {
  let identifier: hid_t

  /// `nil` for what a failed call returned; `HDF5Library.lastError` then still says why.
  init?(_ identifier: hid_t) {
    guard identifier >= 0 else { return nil }
    self.identifier = identifier
  }

  deinit {
    let identifier = identifier
    HDF5Library.released(identifier)
  }
}
