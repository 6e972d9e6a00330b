import Datasets
import Evaluation
import Testing
import Tracking

@Suite("Mean corruption error")
struct CorruptionErrorTests {
  @Test("AlexNet itself has the error 100 %, and half of its errors 50 %")
  func alexNet() throws {
    let own = CorruptionError.alexNet.mapValues { 1 - $0 }
    let error = try #require(CorruptionError(top1: own))
    #expect(abs(error.normalised - 1) < 1e-12)
    // The mean of the published errors.
    #expect(abs(error.mean - 0.788993) < 1e-6)
    let half = try #require(CorruptionError(top1: CorruptionError.alexNet.mapValues { 1 - $0 / 2 }))
    #expect(abs(half.normalised - 0.5) < 1e-12)
  }

  @Test("Each corruption counts the same, divided by AlexNet's error of it")
  func mean() throws {
    var top1 = Dictionary(uniqueKeysWithValues: Corruption.allCases.map { ($0, 1.0) })
    top1[.brightness] = 0.4
    let error = try #require(CorruptionError(top1: top1))
    #expect(abs(error.mean - 0.6 / 15) < 1e-12)
    #expect(abs(error.normalised - 0.6 / 0.564592 / 15) < 1e-12)
    top1[.snow] = nil
    #expect(CorruptionError(top1: top1) == nil)
  }

  @Test("Strata of corruptions give it, whatever else there is")
  func strata() throws {
    let settings =
      Corruption.allCases.flatMap { corruption in
        Corruption.severities.map { "\(corruption.rawValue)/\($0)" }
      } + ["spatter/1"]
    // Right where the severity is 1 or 2, of two images; of fog never.
    let outcomes = ["a", "b"].flatMap { item in
      settings.enumerated().map { draw, setting in
        let right =
          (setting.hasSuffix("/1") || setting.hasSuffix("/2")) && !setting.hasPrefix("fog")
        return DrawOutcome(
          item: item, draw: draw, label: 1,
          prediction: Prediction(
            predicted: right ? 1 : 0, labelRank: right ? 0 : 3, probability: 0.5,
            labelProbability: 0.1))
      }
    }
    let strata = try StratumTop1.all(
      raw: outcomes, corrected: nil, settings: settings, layout: "imagenet-c")
    #expect(strata.count == 16 + 5)
    let error = try #require(CorruptionError(strata) { $0.raw.proportion })
    #expect(abs(error.mean - (14 * 0.6 + 1) / 15) < 1e-12)
    #expect(CorruptionError(strata) { $0.corrected?.proportion } == nil)
  }
}
