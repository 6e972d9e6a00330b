extension [String] {
  /// The first ten lines and, where there are more, one that counts the rest.
  ///
  /// - Parameter what: what the lines are about, e.g. `members left out`.
  func capped(_ what: String) -> [String] {
    let limit = 10
    return count > limit ? prefix(limit) + ["and \(count - limit) more \(what)"] : self
  }
}

extension Int {
  /// A number of things in words: `1 file`, `3 files`.
  func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
