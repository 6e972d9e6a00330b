import Foundation
import Support

/// The class of each of the 50,000 validation files of ILSVRC2012.
public struct ValidationLabels: Sendable {
  /// How many validation files there are: 50,000.
  public static let count = 50_000

  private let indices: [UInt16]

  /// The labels that ship with the program, read once.
  ///
  /// - Throws: `UserError` when the program's data files are missing or damaged.
  public static func builtIn() throws -> ValidationLabels { try loaded.get() }

  private static let loaded = Result {
    try ValidationLabels(text: ResourceFolder.datasets.read("validation_labels.txt"))
  }

  /// - Parameter text: one class index a line; line k belongs to file number k.
  init(text: Data) throws {
    indices = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.compactMap {
      UInt16(String(decoding: $0, as: UTF8.self))
    }
    guard indices.count == Self.count, indices.allSatisfy({ $0 < ClassList.imageNetCount }) else {
      throw UserError(
        "validation_labels.txt: the program's own labels are damaged",
        remedy: "rebuild the program")
    }
  }

  /// The class index of a file number from 1 to 50,000, or `nil` for another number.
  public func label(number: Int) -> Int? {
    (1...Self.count).contains(number) ? Int(indices[number - 1]) : nil
  }

  /// The class index of `ILSVRC2012_val_00000001.JPEG` and its likes (any folder before the name,
  /// any extension or none), or `nil` for other names.
  public func label(file: some StringProtocol) -> Int? {
    Self.number(file: file).flatMap(label(number:))
  }

  /// The name of a validation file as ILSVRC2012 spells it, e.g. `ILSVRC2012_val_00000001.JPEG`.
  static func fileName(number: Int) -> String {
    let digits = String(number)
    return "ILSVRC2012_val_" + String(repeating: "0", count: max(8 - digits.count, 0)) + digits
      + ".JPEG"
  }

  /// The number in the name of a validation file, from 1 to 50,000, or `nil` for other names.
  static func number(file: some StringProtocol) -> Int? {
    let name = file.split(separator: "/").last ?? ""
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let prefix = "ILSVRC2012_val_"
    guard parts.count <= 2, let stem = parts.first, stem.hasPrefix(prefix) else { return nil }
    let digits = stem.dropFirst(prefix.count)
    guard digits.utf8.count == 8, digits.allSatisfy({ ("0"..."9").contains($0) }),
      let number = Int(digits), (1...count).contains(number)
    else { return nil }
    return number
  }
}
