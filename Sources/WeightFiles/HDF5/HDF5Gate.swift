import Synchronization

/// Who reads an HDF5 file. On damaged metadata the HDF5 library may crash or never return, so that a program does
/// well to have a process of its own read a stranger's file (`HDF5Child`).
///
/// Unless it is set, as where this layer is used as a library, every file is read in this process.
public enum HDF5Gate {
  /// Gets a file's path; gives the process that is to read it, or `nil` where this one is.
  public typealias Choice = @Sendable (_ path: String) throws -> (any HDF5Process)?

  private static let choice = Mutex<Choice?>(nil)

  /// Sets who reads each file that is opened from now on.
  public static func set(_ choice: @escaping Choice) { self.choice.withLock { $0 = choice } }

  /// - Throws: What the choice throws.
  static func process(reading path: String) throws -> (any HDF5Process)? {
    try choice.withLock { $0 }?(path)
  }
}
