import Support
import Tensors

/// An HDF5 file that is open for reading. It may be used from several threads at once.
///
/// Where `HDF5Gate` has another process read it, that one's crash, hang or hunger for memory is an error of whatever
/// is called here.
public final class HDF5File: Sendable {
  /// The path as it was given.
  public let path: String
  private let source: any HDF5Source

  /// Opens a file.
  ///
  /// - Throws: `UserError` when the file is missing, unreadable, not HDF5, truncated, damaged, not
  ///   closed by its writer, or of a version that the library does not know; what the gate throws.
  public convenience init(path: String) throws {
    try self.init(path: path, choice: HDF5Gate.process)
  }

  /// The same by another choice than `HDF5Gate`'s.
  package init(path: String, choice: HDF5Gate.Choice) throws {
    self.path = path
    let version = try HDF5LibrarySource.checkedVersion(path)
    if let process = try choice(path) {
      source = try HDF5RemoteSource(path: path, process: process)
    } else {
      source = try HDF5LibrarySource(path: path, version: version)
    }
  }

  /// Whether there is a dataset of that name.
  ///
  /// - Throws: `UserError` when what has the name is damaged.
  public func contains(_ name: String) throws -> Bool { try source.contains(name) }

  /// All attributes of the root, or of a dataset or group. Kinds other than texts and numbers are
  /// left out.
  ///
  /// - Throws: `UserError` when there is no such object or the file is damaged.
  public func attributes(of object: String = "/") throws -> [String: HDF5Attribute] {
    try source.attributes(of: object)
  }

  /// Every dataset under the root, those in nested groups and those that soft links lead to included. What is in other
  /// files is not read.
  ///
  /// - Throws: `UserError` when the file is damaged or nests deeper than 32 groups.
  public func contents() throws -> HDF5Contents { try source.contents() }

  /// The datasets of `contents()`.
  public func datasets() throws -> [HDF5Dataset] { try contents().datasets }

  /// A dataset of numbers as 32-bit floats, whatever its type on disk.
  ///
  /// - Throws: `UserError` naming file and dataset when it is missing, holds no numbers, or is
  ///   damaged.
  public func tensor(_ name: String) throws -> Tensor { try source.tensor(name) }

  /// A dataset of integers, row-major.
  ///
  /// - Throws: as `tensor(_:)`, and when the elements are not integers.
  public func integers(_ name: String) throws -> [Int64] { try source.integers(name) }
}
