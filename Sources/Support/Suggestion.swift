/// "Did you mean …?": the known name nearest to a mistyped one.
public enum Suggestion {
  /// The nearest of some names, or `nil` when none is near: a third of the longer name may differ,
  /// and at most three letters. Upper and lower case are the same; of equally near ones the first
  /// counts.
  public static func nearest(to name: String, among known: some Sequence<String>) -> String? {
    let ranked = known.map { candidate in
      (candidate, distance(name.lowercased(), candidate.lowercased()))
    }
    guard let (best, distance) = ranked.min(by: { $0.1 < $1.1 }), best != name else { return nil }
    let limit = min(3, max(1, max(name.count, best.count) / 3))
    return distance <= limit ? best : nil
  }

  /// The remedy for an unknown name: `choose from a, b; did you mean
  /// a?`
  ///
  /// - Parameter lead: what comes before the list, e.g. `it has`.
  public static func remedy(
    for name: String, among known: [String], lead: String = "choose from"
  ) -> String {
    let list = "\(lead) \(known.joined(separator: ", "))"
    return nearest(to: name, among: known).map { "\(list); did you mean \($0)?" } ?? list
  }

  /// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other
  /// (the restricted Damerau–Levenshtein distance).
  static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
        row.append(best)
      }
      (before, last) = (last, row)
    }
    return last[b.count]
  }
}
