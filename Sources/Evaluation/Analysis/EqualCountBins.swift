/// Bins of about equally many values. Equal values always share a bin, so there can be fewer bins
/// than asked for.
public struct EqualCountBins: Sendable, Equatable {
  /// The lowest value of each bin, ascending.
  public let starts: [Double]

  /// - Parameters:
  ///   - values: what to divide; those that are not finite are left out.
  ///   - count: at most so many bins.
  public init(_ values: [Double], count: Int) {
    let sorted = values.filter(\.isFinite).sorted()
    var starts: [Double] = []
    for bin in 0..<max(count, 0) where !sorted.isEmpty {
      let start = sorted[sorted.count * bin / max(count, 1)]
      if starts.last.map({ start > $0 }) ?? true { starts.append(start) }
    }
    self.starts = starts
  }

  /// The bin of a value; values below the first bin belong to it. `nil` without any bin.
  public func index(of value: Double) -> Int? {
    guard !starts.isEmpty, value.isFinite else { return nil }
    return max((starts.firstIndex { $0 > value } ?? starts.count) - 1, 0)
  }
}
