import Datasets
import Evaluation
import Foundation
import Testing
import Tracking

@Suite("Strength and confidence")
struct AnalysisTests {
  private func outcome(
    _ item: String, _ draw: Int = 0, right: Bool, probability: Double = 0.5
  ) -> DrawOutcome {
    DrawOutcome(
      item: item, draw: draw, label: 1,
      prediction: Prediction(
        predicted: right ? 1 : 0, labelRank: right ? 0 : 3, probability: probability,
        labelProbability: 0.1))
  }

  @Test("bins hold equally many values, equal values together")
  func bins() {
    let even = EqualCountBins((0..<12).map(Double.init), count: 4)
    #expect(even.starts == [0, 3, 6, 9])
    #expect([-1, 0, 2.9, 3, 8, 11, 99].map(even.index) == [0, 0, 0, 1, 2, 3, 3])
    let ties = EqualCountBins([1, 1, 1, 1, 1, 2], count: 3)
    #expect(ties.starts == [1])
    #expect(EqualCountBins([1, 2, 2, 2, 2, 3], count: 3).starts == [1, 2])
    #expect(EqualCountBins([], count: 3).index(of: 1) == nil)
    #expect(EqualCountBins([.nan, 4], count: 2).starts == [4])
    #expect(EqualCountBins([1, 2], count: 0).starts.isEmpty)
  }

  @Test("the expected calibration error is the mean distance, weighed by the bins")
  func calibration() throws {
    // Bin 15 (above 14/15): 4 draws of confidence 0.95, 3 right: |0.75 − 0.95| = 0.2.
    // Bin 8 (7/15 to 8/15): 2 draws of 0.5, 1 right: 0. Bin 2 (1/15 to 2/15): 2 of 0.1 and 0.12,
    // both right: |1 − 0.11| = 0.89. ECE = (4 · 0.2 + 2 · 0 + 2 · 0.89) / 8 = 0.3225.
    let draws: [(item: String, right: Bool, probability: Double)] = [
      ("a", true, 0.95), ("a", true, 0.95), ("a", true, 0.95), ("b", false, 0.95),
      ("c", true, 0.5), ("d", false, 0.5), ("e", true, 0.1), ("f", true, 0.12),
    ]
    let calibration = Calibration(
      draws.map { outcome($0.item, right: $0.right, probability: $0.probability) })
    #expect(abs(try #require(calibration.expectedError) - 0.3225) < 1e-12)
    #expect(calibration.bins.map(\.index) == [1, 7, 14])
    #expect(calibration.accuracy == 0.75)
    #expect(abs(try #require(calibration.confidence) - 5.02 / 8) < 1e-12)
    // Three draws of a share an image.
    #expect(calibration.bins.last?.accuracy.clusters == 2)
  }

  @Test(
    "the interval of the calibration error is how far numpy's resampled bins move",
    arguments: [
      (8, 5, 0.325409836065574, 0.3537), (20, 3, 0.33224043715847, 0.3093), (300, 1, 0.5, 0.1204),
    ])
  func calibrationInterval(images: Int, draws: Int, error: Double, reach: Double) throws {
    var outcomes: [DrawOutcome] = []
    for item in 0..<images {
      for draw in 0..<draws {
        let confidence = Double((7 * item + 13 * draw) % 60 + 1) / 61
        let isRight = (item * item + 3 * draw + item) % 5 < 3
        outcomes.append(outcome(name(item), draw, right: isRight, probability: confidence))
      }
    }
    let calibration = Calibration(outcomes)
    #expect(calibration.images == images)
    #expect(abs(try #require(calibration.expectedError) - error) < 1e-12)
    let interval = try #require(calibration.expectedErrorInterval)
    // 1,000 resamples: a few percent from the limit.
    #expect(abs(interval.upper - error - reach) < 0.06 * reach)
    #expect(abs(interval.lower - max(error - reach, 0)) < 0.06 * reach)
    #expect(Calibration(outcomes).expectedErrorInterval == interval)
  }

  @Test("few images have no interval of the calibration error, however many draws they have")
  func noInterval() {
    func calibration(_ images: Int) -> Calibration {
      Calibration(
        (0..<images * 50).map { outcome(name($0 / 50), $0 % 50, right: $0 % 3 == 0) })
    }
    #expect(calibration(4).expectedErrorInterval == nil && calibration(4).images == 4)
    #expect(calibration(5).expectedErrorInterval != nil)
    #expect(Calibration([]).expectedErrorInterval == nil)
  }

  @Test("a confidence at a bin's end belongs to the bin below; 0 and 1 have one, too")
  func edges() {
    let bins = Calibration(
      [0, 1.0 / 15, 0.2, 1].map { outcome("a", right: true, probability: $0) }
    ).bins
    #expect(bins.map(\.index) == [0, 2, 14])
    #expect(Calibration([]).expectedError == nil)
    #expect(Calibration([]).bins.isEmpty)
  }

  @Test("curves divide the draws by their replayed strength, before and after")
  func curves() throws {
    let replay = DistortionDraws(.paper, seed: 7)
    let addresses = (0..<40).flatMap { item in (0..<4).map { (name(item), $0) } }
    func rotation(_ item: String, _ draw: Int) -> Double {
      abs(DistortionRanges.paper.draw(seed: 7, item: item, draw: draw).rotation)
    }
    // Right where the rotation is small; the correction repairs what lies below 4°.
    let before = addresses.map { outcome($0.0, $0.1, right: rotation($0.0, $0.1) < 2) }
    let after = addresses.map { outcome($0.0, $0.1, right: rotation($0.0, $0.1) < 4) }
    let curves = StrengthCurve.all(distorted: before, corrected: after, replay: replay)
    #expect(
      curves.map(\.strength) == [
        .rotation, .translation, .scale, .shear, .brightness, .contrast, .saturation, .hue,
      ])
    let curve = try #require(curves.first)
    #expect(curve.bins.count == 4)
    #expect(curve.bins.map(\.distorted.total).reduce(0, +) == 160)
    #expect(curve.bins.allSatisfy { $0.lower <= $0.mean && $0.mean <= $0.upper })
    #expect(curve.bins.first?.distorted.proportion == 1)
    #expect(curve.bins.last?.distorted.proportion == 0)
    #expect(curve.bins[2].distorted.proportion == 0)
    #expect((curve.bins[2].difference?.difference ?? 0) > 0.8)
    let alone = StrengthCurve.all(distorted: before, corrected: nil, replay: replay)
    #expect(alone.first?.bins.first?.corrected == nil)
    #expect(StrengthCurve.all(distorted: [], corrected: [], replay: replay).isEmpty)
    // What is the same in all draws sorts nothing.
    let still = try Distortion(definition: "version: 1\nhue: [0, 0.1]\n", identity: "still")
    let sorted = StrengthCurve.all(
      distorted: before, corrected: after, replay: DistortionDraws(still, seed: 7))
    #expect(sorted.map(\.strength) == [.hue])
  }

  @Test("curves of prints sort by size, view, light and focus")
  func printCurves() throws {
    let replay = DistortionDraws(try Distortion.named("print"), seed: 7)
    let addresses = (0..<80).map { (name($0), 0) }
    func tilt(_ item: String) -> Double {
      let print = replay.drawn(item: item, draw: 0) as? PrintParameters
      return print.map { hypot($0[.tiltX], $0[.tiltY]) } ?? .nan
    }
    let median = addresses.map { tilt($0.0) }.sorted()[40]
    let before = addresses.map { outcome($0.0, $0.1, right: tilt($0.0) < median) }
    let curves = StrengthCurve.all(distorted: before, corrected: nil, replay: replay)
    #expect(
      curves.map(\.strength) == [
        .size, .tilt, .roll, .exposure, .temperature, .tint, .defocus, .motion, .screen,
      ])
    let curve = try #require(curves.first { $0.strength == .tilt })
    #expect(curve.bins.map(\.distorted.proportion) == [1, 0])
  }

  @Test("examples are chosen by seed and name alone")
  func examples() {
    let items = (0..<50).map { "\($0).jpg" }
    let chosen = Example.choose(6, of: items, seed: 1)
    #expect(chosen.count == 6 && Set(chosen).count == 6)
    #expect(Example.choose(6, of: items.reversed(), seed: 1) == chosen)
    #expect(Example.choose(3, of: items, seed: 1) == Array(chosen.prefix(3)))
    #expect(Example.choose(6, of: items, seed: 2) != chosen)
    #expect(Example.choose(9, of: ["a"], seed: 1).count == 1)
  }

  private func name(_ number: Int) -> String { "\(number).jpg" }
}
