import Foundation
import Imaging
import NeuralNetworks
import Support
import Tracking
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
    let libraries = [
      "SQLite \(try Store.sqliteVersion() ?? "unknown")", "HDF5 \(HDF5File.libraryVersion)",
      JPEG.libraryVersion, FileDigest.library, try EngineName.auto.makeBackend().versions,
    ]
    return
      ([line, "Swift packages:"] + packages.map { "  \($0)" } + ["Libraries:"]
      + libraries.map { "  \($0)" }).joined(separator: "\n")
  }
}
