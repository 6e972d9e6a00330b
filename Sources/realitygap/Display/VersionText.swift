import Foundation
import Imaging
import NeuralNetworks
import Support
import Tracking
import Training
import WeightFiles

/// What `--version` prints, and `--version --verbose`.
enum VersionText {
  /// Version and commit.
  static var line: String {
    "realitygap \(Surroundings.version)"
      + (Surroundings.commit().map { " (commit \($0))" } ?? " (commit unknown)")
  }

  /// Whether the arguments ask for `details`.
  static func isAskedFor(_ arguments: some Collection<String>) -> Bool {
    arguments.count == 2 && Set(arguments) == ["--version", "--verbose"]
  }

  /// `line`, then the Swift packages and the libraries behind the program, one a line.
  ///
  /// - Throws: `UserError` when OpenBLAS is missing.
  static func details() throws -> String {
    let packages = Surroundings.packages() ?? ["unknown: the program's resource files are missing"]
    let toolchain = "Toolchain: \(Surroundings.toolchain() ?? "unknown")"
    return
      ([line, toolchain, "Swift packages:"] + packages.map { "  \($0)" } + ["Libraries:"]
      + (try libraries()).map { "  \($0)" }).joined(separator: "\n")
  }

  /// Those that can tell, each with the version that is loaded.
  private static func libraries() throws -> [String] {
    [
      "SQLite \(try Store.sqliteVersion() ?? "unknown")", "HDF5 \(HDF5File.libraryVersion)",
      JPEG.libraryVersion, PNG.libraryVersion, WebP.libraryVersion, Zlib.libraryVersion,
      FileDigest.library, MPITransport.version,
    ].compactMap(\.self)
      + (try EngineName.auto.makeBackend().versions.components(separatedBy: "; "))
  }
}
