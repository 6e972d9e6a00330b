import Foundation
import Support

/// The files that travel with the program, in `realitygap_Datasets.resources` beside it.
///
/// SwiftPM's generated `Bundle.module` ends the process when that folder is missing, as it is after
/// somebody copied the program alone; this look-up throws instead.
package enum ResourceFile {
  /// The name that SwiftPM gives to this target's resources: `<package>_<target>.resources`.
  package static let folder = "realitygap_Datasets.resources"

  /// The folders in which the resources may lie, in the order in which they are tried: beside the
  /// program, beside the file that a symbolic link to the program points at, and (for a program
  /// that was built here and moved) the checkout.
  package static var searchPath: [URL] {
    var places = [Bundle.main.bundleURL, Bundle.main.resourceURL].compactMap { $0 }
    if let program = Bundle.main.executableURL?.resolvingSymlinksInPath() {
      places.append(program.deletingLastPathComponent())
    }
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return places.map { $0.appendingPathComponent(folder) }
      + [sources.appendingPathComponent("Resources")]
  }

  /// The files in a folder of resources; none when it is missing.
  package static func names(in folder: String, searching places: [URL] = searchPath) -> [String] {
    places.lazy.compactMap {
      try? FileManager.default.contentsOfDirectory(atPath: $0.appendingPathComponent(folder).path)
    }.first ?? []
  }

  /// The bytes of a resource.
  ///
  /// - Throws: `UserError` naming the resource and the folder that is missing.
  package static func read(_ name: String, searching places: [URL] = searchPath) throws -> Data {
    for place in places {
      if let data = try? Data(contentsOf: place.appendingPathComponent(name)) { return data }
    }
    throw UserError(
      "\(name): the program's own data file is missing",
      remedy: "keep the folder \(folder) beside the program realitygap")
  }
}
