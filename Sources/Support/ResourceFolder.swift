import Foundation

/// The files of a target that travel with the program, in a folder beside it.
///
/// SwiftPM's generated `Bundle.module` ends the process when that folder is missing, as it is after
/// copying the program alone; this look-up throws instead.
public struct ResourceFolder: Sendable {
  /// The name that SwiftPM gives to a target's resources: `<package>_<target>.resources`.
  public let name: String
  /// Where they lie in the checkout; `nil` for files that the build makes.
  private let sources: URL?

  /// - Parameters:
  ///   - name: the folder's name beside the program.
  ///   - sources: where the files are in a checkout, or `nil`.
  public init(name: String, sources: URL?) {
    self.name = name
    self.sources = sources
  }

  /// The folders in which the resources may lie: those of `ProgramFiles`, then (for a program that
  /// was built here and moved) the checkout.
  public var places: [URL] {
    ProgramFiles.places.map { $0.appendingPathComponent(name) } + [sources].compactMap { $0 }
  }

  /// The bytes of a resource.
  ///
  /// - Parameter places: folders to search instead of `places`.
  /// - Throws: `UserError` naming the resource and the folder that is missing.
  public func read(_ resource: String, searching places: [URL]? = nil) throws -> Data {
    for place in places ?? self.places {
      let file = place.appendingPathComponent(resource)
      if FileManager.default.fileExists(atPath: file.path) { return try Self.bytes(file) }
    }
    throw UserError(
      "\(resource): the program's own data file is missing",
      remedy: "keep the folder \(name) beside the program realitygap, or in share/realitygap")
  }

  /// A resource of text, in UTF-8.
  ///
  /// - Throws: As `read(_:searching:)`.
  public func text(_ resource: String) throws -> String {
    String(decoding: try read(resource), as: UTF8.self)
  }

  /// What lies in a folder of resources; nothing when it is missing.
  public func names(in folder: String) -> [String] {
    places.lazy.compactMap {
      try? FileManager.default.contentsOfDirectory(atPath: $0.appendingPathComponent(folder).path)
    }.first ?? []
  }

  private static func bytes(_ file: URL) throws -> Data {
    do {
      return try Data(contentsOf: file)
    } catch {
      throw UserError("\(file.path): cannot be read (\(error.localizedDescription))")
    }
  }
}
