import Support

/// What the name of a file says of its class: names and folders of ImageNet's files hold WordNet ids
/// (`n02105855_2933.JPEG`), and those of validation files lead to a built-in label.
enum StatedClasses {
  /// One class that a name states.
  struct Statement: Equatable {
    /// 0…999.
    let index: Int
    /// The part of the name that says so.
    let source: String
  }

  /// Every class that a path or name states; ids of other classes than the 1,000 say nothing.
  static func of(name: String) throws -> [Statement] {
    let classes = try ImageNetClasses.builtIn()
    var found: [Statement] = []
    if let number = try validationNumber(name),
      let label = try ValidationLabels.builtIn().label(number: number)
    {
      found.append(Statement(index: label, source: ValidationLabels.fileName(number: number)))
    }
    for word in name.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
      guard let index = classes.index(wnid: String(word)) else { continue }
      if !found.contains(where: { $0.index == index }) {
        found.append(Statement(index: index, source: String(word)))
      }
    }
    return found
  }

  /// The number after `ILSVRC2012_val_` in a file's name, whatever stands before and after it.
  private static func validationNumber(_ name: String) throws -> Int? {
    let file = name.split(separator: "/").last ?? ""
    guard let prefix = file.firstRange(of: "ILSVRC2012_val_") else { return nil }
    let digits = file[prefix.upperBound...].prefix { ("0"..."9").contains($0) }
    return digits.utf8.count == 8 ? Int(digits) : nil
  }
}

/// Counts how often a second statement of photos' classes contradicts their labels. A few may be
/// corrections that somebody made; where most contradict, the labels are those of other photos.
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
    let count = "\(contradicting) of \(stated) photos"
    guard 2 * contradicting <= stated else {
      throw UserError(
        "\(place): \(between) contradict each other for \(count), e.g. \(first)",
        remedy: "check how the labels were made")
    }
    return "\(between) contradict each other for \(count); \(used) is used. First: \(first)"
  }
}
