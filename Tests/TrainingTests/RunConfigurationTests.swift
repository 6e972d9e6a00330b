import Foundation
import Models
import Testing
import Tracking
import Training

@Suite("What is stored of a training run")
struct RunConfigurationTests {
  /// As runs were stored before `TrainingRunConfiguration`.
  private struct Earlier: Encodable {
    let training: TrainingConfiguration
    let images: [String: String]
    let validation: [String: String]?
    let initial: [String: String]?
    let engine: String
    let precision: String
  }

  @Test("a training file is stored to the letter as before, and its phases are read from there")
  func sameText() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Experiments")
    for name in ["train-sample", "train-paper", "train-prints"] {
      let file = try TrainingConfiguration(file: folder.appendingPathComponent("\(name).yaml").path)
      let made = try TrainingRunConfiguration(
        training: file, images: .init(path: "p", count: 7, fingerprint: "f"),
        validation: .init(path: "v", count: 2, fingerprint: "g"),
        initial: StoredFile(path: "G.h5", sha256: "s"), engine: "auto", precision: "float32")
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let earlier = try encoder.encode(
        Earlier(
          training: file, images: ["path": "p", "count": "7", "fingerprint": "f"],
          validation: ["path": "v", "count": "2", "fingerprint": "g"],
          initial: ["path": "G.h5", "sha256": "s"], engine: "auto", precision: "float32"))
      #expect(try made.json() == String(decoding: earlier, as: UTF8.self))
      let phases = TrainingPhases(configuration: try made.json())
      #expect(phases.phases.map(\.name) == file.phasesBySteps.phases.map(\.name))
      #expect(phases.phases.map(\.steps) == file.phasesBySteps.phases.map(\.steps))
    }
  }

  @Test("images per second are those of the steps, whatever came between them")
  func speed() throws {
    var log = MetricLog()
    log.add([("loss", 2)], images: 8, seconds: 0.5)
    log.add([("loss", 4)], images: 8, seconds: 1.5)
    let values = log.take(step: 2, phase: "stn")
    #expect(values.map(\.name) == ["train/loss", "train/images_per_second"])
    #expect(values.map(\.value) == [3, 8] && values.allSatisfy { $0.phase == "stn" })
    #expect(log.take(step: 3, phase: nil).isEmpty)
  }
}
