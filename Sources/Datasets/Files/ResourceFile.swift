import Foundation
import Support

/// The files of this target that travel with the program, in `realitygap_Datasets.resources`.
package enum ResourceFile {
  /// The name that SwiftPM gives to this target's resources: `<package>_<target>.resources`.
  package static let folder = "realitygap_Datasets.resources"

  private static let resources = ResourceFolder(
    name: folder,
    sources: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Resources"))

  /// The folders in which the resources may lie, see `ResourceFolder.places`.
  package static var searchPath: [URL] { resources.places }

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
    try resources.read(name, searching: places)
  }
}
