import CHDF5

extension HDF5File {
  /// The HDF5 library's version, e.g. `1.10.8`.
  public static var libraryVersion: String {
    HDF5Library.locked {
      var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
      H5get_libversion(&major, &minor, &release)
      return "\(major).\(minor).\(release)"
    }
  }
}
