import Foundation
import Support

/// JSON that belongs to a set.
enum JSONFile {
  /// - Throws: `UserError` naming the file for one that cannot be read or is something else.
  static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    let data = try BoundedFile.read(path: path, Limits.textBytes)
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw UserError("\(path): not the JSON that is expected here (see realitygap schema set)")
    }
  }
}
