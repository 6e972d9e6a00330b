import Foundation
import Support

/// The part of a set's `manifest.json` that evaluations need.
struct SetManifest: Decodable {
  /// Whether the images were computed and not photographed.
  let simulated: Bool
  /// The names of the images that it describes, where it lists them.
  let files: Set<String>?
  /// How many images had been left out when it was made.
  let leftOut: Int

  private enum Key: String, CodingKey {
    case simulated, files
    case leftOut = "left_out"
  }

  /// Stands for values that do not matter here.
  private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    simulated = try values.decode(Bool.self, forKey: .simulated)
    files = try values.decodeIfPresent([String: Anything].self, forKey: .files).map { Set($0.keys) }
    leftOut = try values.decodeIfPresent([String: Anything].self, forKey: .leftOut)?.count ?? 0
  }

  /// The manifest in a folder; `nil` when there is none. A file of that name that is sound JSON
  /// without the key `simulated` belongs to the user and counts as none.
  ///
  /// - Throws: `UserError` for a file that cannot be read, is not JSON, or has an invalid
  ///   `simulated`, `files` or `left_out`.
  static func read(folder: String) throws -> SetManifest? {
    let path = "\(folder)/manifest.json"
    guard FolderListing.exists(path) else { return nil }
    let data = try BoundedFile.read(path: path, Limits.textBytes)
    let remedy = "make the set again, or remove the file if it is not the set's"
    guard let whole = JSONValue(json: String(decoding: data, as: UTF8.self)) else {
      throw UserError("\(path): not valid JSON", remedy: remedy)
    }
    guard case .object(let values) = whole, values["simulated"] != nil else { return nil }
    do {
      return try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw UserError(
        "\(path): simulated must be true or false, files and left_out objects", remedy: remedy)
    }
  }

  /// What the manifest and a list of images say differently of which images there are; `nil` where
  /// they agree.
  func note(names: [String]) -> String? {
    guard let files else { return nil }
    let listed = Set(names)
    let (lacking, unknown) = (files.subtracting(listed), listed.subtracting(files))
    guard let first = (lacking.union(unknown)).min() else { return nil }
    return
      "manifest.json and labels.csv contradict each other: \(files.count.counted("image")) in the "
      + "former, \(listed.count) in the latter; e.g. \(first) is in only one"
  }
}
