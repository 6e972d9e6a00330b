import Support

/// Counts how often a second statement of photos' classes contradicts their labels. A few may be
/// deliberate corrections; where most contradict, the labels are those of other photos.
struct Contradictions {
  /// Between what, e.g. `their folders and their names`.
  let between: String
  /// Which of both was used, e.g. `the folder's class`.
  let used: String
  private var stated = 0
  private var contradicting = 0
  private var first: String?

  init(between: String, used: String) {
    self.between = between
    self.used = used
  }

  /// Counts one photo.
  ///
  /// - Parameter contradiction: what contradicts, in words, with its place; `nil` where all agrees.
  mutating func add(_ contradiction: String?) {
    stated += 1
    guard let contradiction else { return }
    contradicting += 1
    if first == nil { first = contradiction }
  }

  /// A note on those that contradict; `nil` for none.
  ///
  /// - Parameter place: the set's, for the error.
  /// - Throws: `UserError` where more than half contradict.
  func note(place: String) throws -> String? {
    guard let first else { return nil }
    let count = "\(contradicting) of \(stated.counted("photo"))"
    guard 2 * contradicting <= stated else {
      throw UserError(
        "\(place): \(between) contradict each other for \(count), e.g. \(first)",
        remedy: "check how the labels were made")
    }
    return "\(between) contradict each other for \(count); \(used) is used. First: \(first)"
  }
}
