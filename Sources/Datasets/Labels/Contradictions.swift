import Support

/// Counts how often a second statement of photos' classes contradicts their labels. A few may be
/// deliberate corrections; where most contradict, the labels are those of other photos.
struct Contradictions {
  /// Between what, e.g. `their folders and their names`.
  let between: String
  /// Which of both was used, e.g. `the folder's class`.
  let used: String
  /// Of the labels; names of files state classes of ImageNet's only.
  let classes: ClassList
  private var stated = 0
  private var contradicting = 0
  private var first: String?

  init(between: String, used: String, classes: ClassList) {
    (self.between, self.used, self.classes) = (between, used, classes)
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

  /// Compares a photo's class with those that its file's name states, if it states any.
  ///
  /// - Parameter claim: what says that it is the class, e.g. `line 3: a.jpg has the label`.
  mutating func add(_ name: String, _ label: Int, claim: String) throws {
    guard classes.isImageNet else { return }
    let statements = try StatedClasses.of(name: name)
    guard !statements.isEmpty else { return }
    add(
      statements.first { $0.index != label }.map {
        "\(claim) \(classes.text(label)), \($0.source) is \(classes.text($0.index))"
      })
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
