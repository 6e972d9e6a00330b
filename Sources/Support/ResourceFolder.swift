import Foundation

/// The files of a target that travel with the program, in a folder beside it.
///
/// SwiftPM's generated `Bundle.module` ends the process when that folder is missing, as it is after
/// somebody copied the program alone; this look-up throws instead.
public struct ResourceFolder: Sendable {
  /// The name that SwiftPM gives to a target's resources: `<package>_<target>.resources`.
  public let name: String
  /// Where they lie in the checkout.
  private let sources: URL

  public init(name: String, sources: URL) {
    self.name = name
    self.sources = sources
  }

  /// The folders in which the resources may lie, in the order in which they are tried: beside the
  /// program, beside the file that a symbolic link to the program points at, and (for a program
  /// that was built here and moved) the checkout.
  public var places: [URL] {
    var places = [Bundle.main.bundleURL, Bundle.main.resourceURL].compactMap { $0 }
    if let program = Bundle.main.executableURL?.resolvingSymlinksInPath() {
      places.append(program.deletingLastPathComponent())
    }
    return places.map { $0.appendingPathComponent(name) } + [sources]
  }

  /// The bytes of a resource.
  ///
  /// - Parameter places: folders to search instead of `places`.
  /// - Throws: `UserError` naming the resource and the folder that is missing.
  public func read(_ resource: String, searching places: [URL]? = nil) throws -> Data {
    for place in places ?? self.places {
      if let data = try? Data(contentsOf: place.appendingPathComponent(resource)) { return data }
    }
    throw UserError(
      "\(resource): the program's own data file is missing",
      remedy: "keep the folder \(name) beside the program realitygap")
  }
}
