import Foundation
import Support

/// Photos whose files are damaged and which Pillow, and so this program, decodes all the same: a note
/// each in the store, a line for all of them where people read.
extension DataNote {
  private static let middle = ": damaged ("
  private static let ending = "); decoded as Pillow does"

  /// - Parameters:
  ///   - item: the photo, as its set or the user names it.
  ///   - damage: what is damaged, in the decoder's words.
  public init(dataset: String, item: String, damage: String) {
    self.init(dataset: dataset, text: item + Self.middle + damage + Self.ending)
  }

  /// Whether the note is on a damaged photo.
  public var isDamage: Bool { text.hasSuffix(Self.ending) && text.contains(Self.middle) }

  /// Photo and damage in the fewest words: `a.jpg (Corrupt JPEG data: …)`.
  private var photo: String {
    let text = text.dropLast(Self.ending.count)
    guard let middle = text.range(of: Self.middle, options: .backwards) else { return String(text) }
    return "\(text[..<middle.lowerBound]) (\(text[middle.upperBound...]))"
  }

  /// One note on several damaged photos of a dataset, the first three by name.
  fileprivate init(damaged notes: [DataNote], dataset: String) {
    let named = notes.prefix(3).map(\.photo).joined(separator: ", ")
    let rest = notes.count > 3 ? " and \(notes.count - 3) more" : ""
    let count =
      notes.count == 1
      ? "1 photo is damaged and was" : "\(notes.count) photos are damaged and were"
    self.init(dataset: dataset, text: "\(count) decoded as Pillow does: \(named)\(rest)")
  }
}

extension [DataNote] {
  /// The notes as people read them: those on damaged photos are one, the last of their dataset.
  public var forReading: [DataNote] {
    map(\.dataset).distinct.flatMap { dataset -> [DataNote] in
      let notes = filter { $0.dataset == dataset }
      let damaged = notes.filter(\.isDamage)
      return notes.filter { !$0.isDamage }
        + (damaged.isEmpty ? [] : [DataNote(damaged: damaged, dataset: dataset)])
    }
  }
}
