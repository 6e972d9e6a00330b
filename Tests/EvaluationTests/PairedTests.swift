import Evaluation
import Testing
import Tracking

/// Reference values: `Scripts/goldens/intervals.py` (statsmodels, scipy).
@Suite("Paired statistics")
struct PairedTests {
  private func isClose(_ value: Double, _ reference: Double) -> Bool {
    abs(value - reference) <= 1e-9 * max(1e-3, abs(reference))
  }

  /// One draw an image: so many images right both times, only before, only after, never.
  private func table(_ kept: Int, _ broken: Int, _ fixed: Int, _ never: Int) -> [ItemPair] {
    func pairs(_ count: Int, kept: Int = 0, broken: Int = 0, fixed: Int = 0) -> [ItemPair] {
      (0..<count).map { _ in ItemPair(fixed: fixed, broken: broken, kept: kept, total: 1) }
    }
    return pairs(kept, kept: 1) + pairs(broken, broken: 1) + pairs(fixed, fixed: 1) + pairs(never)
  }

  @Test(
    "with one draw an image the interval of the difference is Newcombe's method 10",
    arguments: [
      // Fagerland, Lydersen and Laake (2014) give −0.507 to −0.026 for the first.
      (1, 7, 1, 12, -0.506920226686141, -0.0255591241648598),
      (20, 2, 12, 16, 0.0561564248417482, 0.329206995400141),
      (14, 5, 0, 22, -0.226492684351211, -0.0114832413830332),
      (36, 12, 2, 0, -0.340427602974941, -0.0569295840032387),
      (30000, 4000, 5500, 10500, 0.0261878054843793, 0.0338113784852363),
      (0, 10, 10, 0, -0.401403983603575, 0.401403983603575),
      (6, 4, 4, 6, -0.269269978133042, 0.269269978133042),
    ] as [(Int, Int, Int, Int, Double, Double)])
  func newcombe(
    _ kept: Int, _ broken: Int, _ fixed: Int, _ never: Int, _ lower: Double, _ upper: Double
  ) throws {
    let result = PairedDifference(table(kept, broken, fixed, never))
    #expect(isClose(result.interval.lower, lower), "\(result.interval)")
    #expect(isClose(result.interval.upper, upper), "\(result.interval)")
    let images = Double(kept + broken + fixed + never)
    #expect(isClose(try #require(result.difference), Double(fixed - broken) / images))
  }

  @Test(
    "where nothing changed, and where all or no images are right, it is defined",
    arguments: [
      (5, 0, 0, 15, -0.120609232822481, 0.120609232822481),
      (20, 0, 0, 0, -0.16112515805282, 0.16112515805282),
      (0, 0, 0, 20, -0.161125158052819, 0.161125158052819),
      (0, 0, 20, 0, 0.772134616242194, 1),
      (0, 0, 1, 0, -0.122108720681942, 1),
      (1, 0, 0, 0, -0.793450685622763, 0.793450685622763),
    ] as [(Int, Int, Int, Int, Double, Double)])
  func degenerate(
    _ kept: Int, _ broken: Int, _ fixed: Int, _ never: Int, _ lower: Double, _ upper: Double
  ) {
    let comparison = PairedComparison(table(kept, broken, fixed, never))
    let interval = comparison.difference.interval
    #expect(isClose(interval.lower, lower) && isClose(interval.upper, upper), "\(interval)")
    #expect(comparison.p == McNemarTest.exactP(fixed: fixed, broken: broken))
  }

  @Test("without any pair nothing is known: −1 to 1, and p is 1")
  func empty() {
    for pairs in [[], [ItemPair(fixed: 0, broken: 0, kept: 0, total: 0)]] {
      let comparison = PairedComparison(pairs)
      #expect(comparison.difference.difference == nil && comparison.p == 1)
      #expect(comparison.difference.interval == Interval(lower: -1, upper: 1))
      #expect(comparison.improvedItems == 0 && comparison.worsenedItems == 0)
    }
  }

  @Test(
    "over several draws φ and the sizes are those of statsmodels' cluster covariance",
    arguments: [
      (
        [(2, 1, 2, 5), (0, 0, 3, 5), (5, 0, 0, 5), (0, 2, 0, 5), (1, 1, 1, 5)],
        0.347624529229755, -0.22143771636272, 0.356810859387472
      ),
      (
        [
          (1, 0, 1, 2), (0, 1, 1, 2), (2, 0, 0, 3), (0, 0, 0, 1), (3, 0, 1, 4), (0, 0, 2, 2),
          (1, 0, 0, 1), (0, 1, 0, 3),
        ], 0.302363700811099, -0.143986821177655, 0.413053912299571
      ),
      (
        [
          (9, 0, 1, 10), (0, 0, 1, 10), (10, 0, 0, 10), (1, 2, 2, 10), (8, 1, 1, 10),
          (0, 0, 0, 10),
        ], 0.746408533863457, -0.172716313768359, 0.232029823426602
      ),
    ] as [([(Int, Int, Int, Int)], Double, Double, Double)])
  func clustered(
    _ pairs: [(Int, Int, Int, Int)], _ correlation: Double, _ lower: Double, _ upper: Double
  ) {
    let result = PairedDifference(
      pairs.map { ItemPair(fixed: $0.2, broken: $0.1, kept: $0.0, total: $0.3) })
    #expect(isClose(result.correlation, correlation), "\(result)")
    #expect(isClose(result.interval.lower, lower), "\(result)")
    #expect(isClose(result.interval.upper, upper), "\(result)")
  }

  @Test("draws that agree with each other add nothing to the difference or its p")
  func repeatedDraws() {
    let once = PairedComparison(table(20, 2, 12, 16))
    let often = PairedComparison(
      table(20, 2, 12, 16).map {
        ItemPair(fixed: 7 * $0.fixed, broken: 7 * $0.broken, kept: 7 * $0.kept, total: 7)
      })
    #expect(isClose(often.difference.interval.lower, once.difference.interval.lower))
    #expect(isClose(often.difference.interval.upper, once.difference.interval.upper))
    #expect(isClose(often.difference.correlation, once.difference.correlation))
    #expect(often.p == once.p && often.draws == 7 && often.fixed == 84)
    #expect(often.improvedItems == 12 && often.worsenedItems == 2)
  }

  @Test(
    "Newcombe's interval of independent proportions equals statsmodels'",
    arguments: [
      (170, 400, 185, 400, -0.0312360458778786, 0.105738028602683),
      (33775, 50000, 35630, 50000, 0.0313909758844596, 0.0428057099787622),
      (0, 20, 3, 10, 0.0491902843930839, 0.603221852538855),
    ] as [(Int, Int, Int, Int, Double, Double)])
  func independent(
    _ before: Int, _ first: Int, _ after: Int, _ second: Int, _ lower: Double, _ upper: Double
  ) {
    func side(_ correct: Int, _ total: Int) -> (Double, Interval) {
      let proportion = Double(correct) / Double(total)
      return (proportion, .wilson(proportion: proportion, size: Double(total)))
    }
    let interval = Interval.newcombe(
      from: side(before, first), to: side(after, second), correlation: 0)
    #expect(isClose(interval.lower, lower) && isClose(interval.upper, upper), "\(interval)")
  }

  @Test(
    "the test by image equals the count over all signs",
    arguments: [
      ([3, -1, 2, 5, 0, -2], 0.4375), ([50, 3, -4, -2], 0.75), ([1, 1, 1, -1], 0.625),
      ([2, 2, 2, 2, -2], 0.375), ([7], 1),
      ([10, 9, 8, -1, 1, 3, 4, -6, 2, 2, -1, 5], 0.0556640625),
      ([], 1), ([0, 0], 1), ([4, -4], 1),
    ] as [([Int], Double)])
  func signFlips(_ gains: [Int], _ reference: Double) {
    #expect(isClose(SignFlipTest.exactP(gains), reference), "\(SignFlipTest.exactP(gains))")
    #expect(SignFlipTest.exactP(gains) == SignFlipTest.exactP(gains.map { -$0 }))
  }

  @Test("many images, and a p that is far below 1e-16")
  func manyImages() {
    // 3000 images that gain 1 or 2 draws and 2700 that lose as many.
    let gains = (0..<5700).map { ($0 < 3000 ? 1 : -1) * (1 + $0 % 2) }
    // The same from the product of two binomial distributions (scipy).
    #expect(isClose(SignFlipTest.exactP(gains), 0.000168434205450688))
    let lopsided = SignFlipTest.exactP((0..<100).map { 1 + $0 % 2 })
    #expect(isClose(lopsided * 0x1p99, 1), "all signs equal: 2 of 2^100")
  }

  @Test(
    "Holm's correction equals statsmodels'",
    arguments: [
      ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]), ([0.5], [0.5]), ([], []),
      ([0.2, 0.2, 0.9], [0.6, 0.6, 0.9]),
      ([1e-12, 0.05, 0.02, 0.02, 1.0, 0.6], [6e-12, 0.15, 0.1, 0.1, 1, 1]),
    ] as [([Double], [Double])])
  func holm(_ values: [Double], _ reference: [Double]) {
    let adjusted = Holm.adjusted(values)
    #expect(adjusted.count == reference.count)
    #expect(zip(adjusted, reference).allSatisfy { isClose($0, $1) }, "\(adjusted)")
  }
}
