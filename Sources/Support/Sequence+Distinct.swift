extension Sequence where Element: Hashable {
  /// Each once, in order of appearance.
  public var distinct: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
