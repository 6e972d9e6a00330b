import Evaluation
import Testing
import Tracking

/// Reference values: `Scripts/goldens/intervals.py` (statsmodels, scipy).
@Suite("Statistics")
struct StatisticsTests {
  private func isClose(_ value: Double, _ reference: Double) -> Bool {
    abs(value - reference) <= 1e-12 * max(1, abs(reference))
  }

  @Test(
    "Wilson's interval equals statsmodels'",
    arguments: [
      (0, 20, 0, 0.161125158052819),
      (1, 1, 0.206549314377237, 1),
      (14, 20, 0.481027181646476, 0.854522755132396),
      (20, 20, 0.83887484194718, 1),
      (38065, 50000, 0.757543496525842, 0.765016355631089),
      (92, 400, 0.191443830518965, 0.273692808421556),
    ] as [(Int, Int, Double, Double)])
  func wilson(_ correct: Int, _ total: Int, _ lower: Double, _ upper: Double) {
    let interval = Interval.wilson(
      proportion: Double(correct) / Double(total), size: Double(total))
    #expect(isClose(interval.lower, lower) && isClose(interval.upper, upper), "\(interval)")
    // One draw an image: clustering must change nothing.
    let tallies = (0..<total).map {
      ItemTally(item: "\($0)", correct: $0 < correct ? 1 : 0, total: 1)
    }
    let clustered = ClusteredProportion(tallies)
    #expect(clustered.clusters == total && clustered.correct == correct)
    #expect(abs(clustered.interval.lower - lower) < 1e-9)
    #expect(abs(clustered.interval.upper - upper) < 1e-9)
  }

  @Test("without images nothing is known: 0 to 1")
  func empty() {
    let none = ClusteredProportion([ItemTally(item: "a", correct: 0, total: 0)])
    #expect(none.interval == Interval(lower: 0, upper: 1))
    #expect(none.proportion == nil && none.clusters == 0 && none.effectiveSize == 0)
  }

  @Test(
    "the interval over draws equals the cluster-robust one of statsmodels",
    arguments: [
      (
        [(5, 5), (0, 5), (3, 5), (4, 5)], 6.85714285714286, 0.268350560413395, 0.859837086227343
      ),
      (
        [(1, 2), (0, 2), (2, 2), (2, 2), (1, 2), (0, 2), (0, 2)], 9.88235294117647,
        0.185982557266057, 0.711147720358071
      ),
      (
        [(3, 4), (1, 1), (0, 7), (2, 2)], 3.90697674418605, 0.113744342231503, 0.814223112590798
      ),
      (
        [(1, 1), (0, 1), (1, 1), (1, 1), (0, 1)], 5, 0.230724281276013, 0.882379225767352
      ),
    ] as [([(Int, Int)], Double, Double, Double)])
  func clustered(_ tallies: [(Int, Int)], _ size: Double, _ lower: Double, _ upper: Double) {
    let result = ClusteredProportion(
      tallies.map { ItemTally(item: "", correct: $0.0, total: $0.1) })
    #expect(isClose(result.effectiveSize, size), "\(result.effectiveSize)")
    #expect(isClose(result.interval.lower, lower) && isClose(result.interval.upper, upper))
  }

  @Test("draws that agree with each other add nothing: 20 images stay 20 images")
  func repeatedDraws() {
    let once = ClusteredProportion(
      (0..<20).map { ItemTally(item: "\($0)", correct: $0 < 14 ? 1 : 0, total: 1) })
    let often = ClusteredProportion(
      (0..<20).map { ItemTally(item: "\($0)", correct: $0 < 14 ? 50 : 0, total: 50) })
    #expect(often.total == 1000)
    #expect(abs(often.effectiveSize - 20) < 1e-9)
    #expect(abs(often.interval.lower - once.interval.lower) < 1e-12)
  }

  @Test("all draws right or wrong count as one trial an image; equal images as all draws")
  func degenerate() {
    let right = ClusteredProportion([
      ItemTally(item: "a", correct: 9, total: 9), ItemTally(item: "b", correct: 9, total: 9),
    ])
    #expect(right.effectiveSize == 2 && right.interval.upper == 1)
    let wrong = ClusteredProportion([ItemTally(item: "a", correct: 0, total: 9)])
    #expect(wrong.effectiveSize == 1 && wrong.interval.lower == 0)
    let half = ClusteredProportion([
      ItemTally(item: "a", correct: 2, total: 4), ItemTally(item: "b", correct: 2, total: 4),
    ])
    #expect(half.effectiveSize == 8)
  }

  @Test(
    "McNemar's exact p equals scipy's",
    arguments: [
      (0, 0, 1), (1, 0, 1), (5, 5, 1), (2, 9, 0.0654296875), (30, 12, 0.00791589733489673),
      (600, 500, 0.00281954499143643),
    ] as [(Int, Int, Double)])
  func mcnemar(_ fixed: Int, _ broken: Int, _ reference: Double) {
    #expect(abs(McNemarTest.exactP(fixed: fixed, broken: broken) - reference) < 1e-12)
    #expect(
      McNemarTest.exactP(fixed: broken, broken: fixed)
        == McNemarTest.exactP(fixed: fixed, broken: broken))
  }
}
