import Foundation
import Support

/// Writes files so that a reader, or a crash, never meets half of one.
public enum AtomicFile {
  /// Writes a temporary file beside the target, syncs it, and renames it; missing folders are made.
  ///
  /// - Throws: `UserError` naming the file when that fails.
  public static func write(_ text: String, to path: String) throws {
    let target = URL(fileURLWithPath: path)
    let folder = target.deletingLastPathComponent()
    let temporary = folder.appendingPathComponent(
      ".\(target.lastPathComponent).\(UUID().uuidString).tmp")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: temporary)
      let handle = try FileHandle(forWritingTo: temporary)
      try handle.synchronize()
      try handle.close()
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw UserError("\(path): cannot be written (\(error.localizedDescription))")
    }
    guard rename(temporary.path, target.path) == 0 else {
      let reason = String(cString: strerror(errno))
      try? FileManager.default.removeItem(at: temporary)
      throw UserError("\(path): cannot be written (\(reason))")
    }
  }
}
