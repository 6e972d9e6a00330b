import CHDF5
import Support
import Synchronization

/// What is asked before this process opens an HDF5 file. On damaged metadata the HDF5 library may crash or
/// never return, so that a program does well to have another process read a stranger's file first.
///
/// Without a check, as where this layer is used as a library, every file is opened.
public enum HDF5Gate {
  /// Gets a file's path and throws where this process must not open it.
  public typealias Check = @Sendable (_ path: String) throws -> Void

  private static let check = Mutex<Check?>(nil)

  /// Sets the check of every file that is opened from now on.
  public static func set(_ check: @escaping Check) { self.check.withLock { $0 = check } }

  /// From now on a crash within the library ends the process with one line about the file and this status: what
  /// another process got through may still be beyond this one, whose memory is another. Crashes elsewhere stay
  /// what they are.
  public static func catchCrashes(status: Int32) { rg_hdf5_catch_crashes(status) }

  /// - Throws: What the check throws.
  static func pass(_ path: String) throws { try check.withLock { $0 }?(path) }
}
