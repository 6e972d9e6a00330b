import CHDF5
import Support

extension HDF5LibrarySource {
  /// Why the last call of the library failed on a part of this file (call it under the lock): damage,
  /// or a structure that is younger than the library. Only checksums tell the two apart for certain;
  /// files whose superblock is of version 2 or more have them.
  func failure(_ what: String) -> UserError {
    let failure = HDF5Library.lastFailure
    guard failure.isUnknownVersion else {
      return UserError(
        "\(path): damaged HDF5 file (\(what): \(failure.reason))",
        remedy: "copy or download it again")
    }
    return Self.ofUnknownVersion(
      path, "\(what): \(failure.reason)", superblockVersion: superblockVersion)
  }

  /// Why a file could not be opened (call it under the lock).
  static func unopened(_ path: String, superblockVersion: UInt8) -> UserError {
    let failure = HDF5Library.lastFailure
    if failure.reason.contains("truncated") {
      return UserError("\(path): truncated HDF5 file", remedy: "copy or download it again")
    }
    if failure.isUnfinished {
      return UserError(
        "\(path): is being written, or its writer ended without closing it",
        remedy: "wait for the writer, or clear the mark with `h5clear -s` of HDF5's tools")
    }
    if failure.isUnknownVersion {
      return ofUnknownVersion(path, failure.reason, superblockVersion: superblockVersion)
    }
    return UserError(
      "\(path): damaged HDF5 file (\(failure.reason))", remedy: "copy or download it again")
  }

  private static func ofUnknownVersion(
    _ path: String, _ reason: String, superblockVersion: UInt8
  ) -> UserError {
    let newer = "in a newer form than HDF5 \(HDF5File.libraryVersion) reads (\(reason))"
    guard superblockVersion >= 2 else {
      return UserError(
        "\(path): damaged, or written \(newer)",
        remedy: "copy it again, or \(rewriting)")
    }
    return UserError("\(path): written \(newer)", remedy: rewriting)
  }

  /// A remedy for sound files that we do not read: h5py brings a newer HDF5, with LZF, and follows
  /// links. (HDF5's own h5repack is as old as the library here.)
  static let rewriting = rewriting(importing: "h5py")

  /// As `rewriting`, with a plugin of h5py's that has the filters.
  static let rewritingWithPlugins =
    rewriting(importing: "h5py,hdf5plugin") + " (pip install h5py hdf5plugin)"

  private static func rewriting(importing modules: String) -> String {
    """
    rewrite it: python3 -c 'import sys,\(modules); s=h5py.File(sys.argv[1]); \
    d=h5py.File(sys.argv[2],"w"); [d.create_dataset(k,data=v[()]) for k,v in s.items() \
    if isinstance(v,h5py.Dataset)]; d.attrs.update(s.attrs)' OLD.h5 NEW.h5
    """
  }
}
