/// Bounds on the comparison of two results on the same images when only their totals are known:
/// any pairing of individual images with these totals is possible.
///
/// With a images right before and b after, of n, the images that only one of them gets right are at
/// least |b − a|, when no image changes against the trend, and so many more of either kind at most as
/// there is room for. McNemar's p grows with them: the least gives the smallest p that any pairing
/// could have, the most the largest.
public struct MarginComparison: Sendable, Equatable {
  /// A way to pair the results.
  public struct Pairing: Sendable, Equatable {
    /// Images that only the second gets right.
    public let fixed: Int
    /// Images that only the first gets right.
    public let broken: Int

    /// McNemar's exact p.
    public var p: Double { McNemarTest.exactP(fixed: fixed, broken: broken) }
  }

  /// The result that is compared with.
  public let before: PublishedProportion
  /// The result of the same images after the change.
  public let after: PublishedProportion
  /// The pairing with the fewest images changed.
  public let favourable: Pairing
  /// The pairing with the most images changed.
  public let unfavourable: Pairing

  /// Newcombe's 95 % interval of after minus before, as if the images were not the same ones: the
  /// paired one is narrower where images that are right before tend to be right after.
  public let interval: Interval
  /// p of the two-proportion test, with the same reservation.
  public let unpairedP: Double

  /// - Parameters:
  ///   - before: of the same number of images as `after`.
  public init(before: PublishedProportion, after: PublishedProportion) {
    self.before = before
    self.after = after
    let (a, b) = (before.nearest, after.nearest)
    favourable = Pairing(fixed: max(0, b - a), broken: max(0, a - b))
    let fixed = min(b, before.size - a)
    unfavourable = Pairing(fixed: fixed, broken: fixed - (b - a))
    interval = .newcombe(
      from: (before.proportion, before.interval), to: (after.proportion, after.interval),
      correlation: 0)
    unpairedP = TwoProportionTest.p((a, before.size), (b, after.size))
  }

  /// After minus before, −1…1.
  public var difference: Double { after.proportion - before.proportion }

  /// Of the pairings whose p is below a level, the one with the most images changed; `nil` when there
  /// is none.
  public func loosest(below level: Double) -> Pairing? {
    func pairing(_ extra: Int) -> Pairing {
      Pairing(fixed: favourable.fixed + extra, broken: favourable.broken + extra)
    }
    guard favourable.p < level else { return nil }
    // p grows with the images changed, so that the border can be halved in.
    var (good, bad) = (0, unfavourable.fixed - favourable.fixed + 1)
    while bad - good > 1 {
      let middle = (good + bad) / 2
      if pairing(middle).p < level { good = middle } else { bad = middle }
    }
    return pairing(good)
  }

  /// The images that it takes to see this difference in 80 of 100 repetitions when no image changes
  /// against the trend; `nil` without a difference.
  public var fewestImages: Int? {
    PairedSampleSize.images(difference: difference, discordance: abs(difference))
  }

  /// The same when before and after are independent of each other.
  public var independentImages: Int? {
    let (p, q) = (before.proportion, after.proportion)
    return PairedSampleSize.images(
      difference: difference, discordance: p * (1 - q) + q * (1 - p))
  }
}
