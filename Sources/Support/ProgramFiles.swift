import Foundation

/// Where the files lie that come with the program: its resources and `Experiments`.
public enum ProgramFiles {
  /// Folders that may hold them, in the order in which they are tried: beside the program (links
  /// followed), then `share/realitygap` beside the program's `bin`, as GNU programs have it.
  public static var places: [URL] {
    guard let program = Bundle.main.executableURL else { return [] }
    let folders = [program, program.resolvingSymlinksInPath()].map {
      $0.deletingLastPathComponent()
    }
    return folders
      + folders.map {
        $0.deletingLastPathComponent().appendingPathComponent("share/realitygap", isDirectory: true)
      }
  }

  /// The path of a file that ships with the program, e.g. `Experiments/sample.yaml`.
  ///
  /// Looked for below the working folder, in `places`, then in the checkout that the program was
  /// built in.
  ///
  /// - Returns: `nil` where none of them has it.
  public static func find(_ name: String) -> String? {
    let candidates = [name] + (places + checkouts).map { $0.appendingPathComponent(name).path }
    return candidates.first { FileManager.default.fileExists(atPath: $0) }
  }

  /// As `find`; the name itself where none has it, so that the error that follows names it.
  public static func path(_ name: String) -> String { find(name) ?? name }

  /// The folders above the program.
  private static var checkouts: [URL] {
    guard var folder = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return [] }
    var folders: [URL] = []
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      folders.append(folder)
    }
    return folders
  }
}
