import ArgumentParser

/// Checks of options' values, where they are given; an error names option (without dashes), value and
/// bounds.
extension ParsableArguments {
  func check(_ option: String, _ value: Int?, in range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "--\(option) \(value): must be \(range.lowerBound) to \(range.upperBound)")
  }

  func check(_ option: String, _ value: Int?, from lowest: Int) throws {
    guard let value, value < lowest else { return }
    throw ValidationError("--\(option) \(value): must be at least \(lowest)")
  }

  /// The database holds a seed as a signed integer.
  func check(seed: UInt64?) throws {
    guard let seed, seed > UInt64(Int64.max) else { return }
    throw ValidationError("--seed \(seed): must be at most \(Int64.max)")
  }
}
