import Foundation

/// What a set's `manifest.json` says of it, as far as evaluations care.
struct SetManifest: Decodable {
  /// Whether the images were computed and not photographed.
  let simulated: Bool?

  /// Whether a folder has a manifest that calls the set simulated. A file of that name that says
  /// something else is somebody's own and says nothing.
  static func isSimulated(folder: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: "\(folder)/manifest.json"),
      let manifest = try? JSONDecoder().decode(Self.self, from: data)
    else { return false }
    return manifest.simulated == true
  }
}
