import Foundation

/// The `manifest.json` that may lie in a set's folder and says how the set came to be.
struct SetManifest: Decodable {
  /// Whether a program made the photos, so that no result on them speaks of real prints.
  let simulated: Bool?

  /// The manifest of a folder; `nil` when there is none that can be read.
  static func read(folder: String) -> SetManifest? {
    guard let data = FileManager.default.contents(atPath: "\(folder)/manifest.json") else {
      return nil
    }
    return try? JSONDecoder().decode(SetManifest.self, from: data)
  }
}
