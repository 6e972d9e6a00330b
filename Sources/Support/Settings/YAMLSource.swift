import Foundation
import Yams

/// Where a setting is written: in a file, or in an option of the command.
struct YAMLSource: Sendable {
  /// As messages name it.
  private let name: String
  /// Paths that are not absolute count from it.
  let folder: URL
  private let hasLines: Bool

  /// A file, or what stands for one.
  init(file: String) {
    name = file
    folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    hasLines = true
  }

  /// An option with its value, e.g. `--set seed=1`.
  init(option: String) {
    name = option
    folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    hasLines = false
  }

  /// For messages: the file and, where it is known, the line.
  func text(at mark: Mark?) -> String {
    guard hasLines, let mark else { return name }
    return "\(name):\(mark.line)"
  }
}
