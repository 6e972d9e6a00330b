import Foundation
import Testing
import Tracking

import Interchange

@Suite("Event files for TensorBoard")
struct TensorBoardTests {
  @Test("CRC32C gives the values of RFC 3720 and of the catalogue of checks")
  func checksums() {
    #expect(CRC32C.checksum([]) == 0)
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(0..<32) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32).reversed()) == 0x113F_DB5C)
  }

  @Test("events are the bytes that TensorBoard's own writer makes")
  func golden() throws {
    let events = [
      TensorBoardEvent(time: Date(timeIntervalSince1970: 1_700_000_000.25), .fileVersion),
      TensorBoardEvent(
        time: Date(timeIntervalSince1970: 1_700_000_000.25), tag: "configuration",
        .text("| a | ümlaut |")),
      TensorBoardEvent(
        time: Date(timeIntervalSince1970: 1_700_000_001.5), step: 1, tag: "train/mse", .scalar(0)),
      TensorBoardEvent(
        time: Date(timeIntervalSince1970: 1_700_000_002.5), step: 300, tag: "train/mse",
        .scalar(-0.125)),
      TensorBoardEvent(
        time: Date(timeIntervalSince1970: 1_700_000_003), step: 70_000, tag: "validation",
        .image(jpeg: (0..<2).flatMap { _ in (0...255).map { UInt8($0) } }, width: 896, height: 224)),
    ]
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/events", withExtension: "tfevents"))
    let golden = try [UInt8](Data(contentsOf: file))
    #expect(try events.flatMap { TFRecord.framed(try $0.message) } == golden)
  }

  @Test("a run's texts come first, then top-1, then metrics by step")
  func order() throws {
    let bench = try Bench()
    let training = try TensorBoardExport.events(of: try bench.snapshot(bench.training))
    #expect(training.first?.content == .fileVersion)
    #expect(
      training.map(\.tag) == [
        "", "run", "configuration", "notes", "train/mse", "train/mse", "train/theta",
      ])
    #expect(training.map(\.step) == [0, 0, 0, 0, 1, 2, 2])
    guard case .text(let text) = training[2].content else {
      Issue.record("no text")
      return
    }
    #expect(text == "| | |\n|---|---|\n| a.b.0 | 1 |\n| a.b.1 | 2.5 |\n| c | x |")
    let evaluation = try TensorBoardExport.events(of: try bench.snapshot(bench.evaluation))
    #expect(evaluation.last?.tag == "top1/photos/vgg11/canonical")
    #expect(evaluation.last?.content == .scalar(Float(100.0 / 3)))
  }

  @Test("values that are not finite are kept, those beyond a float are left out, and both are said")
  func notFinite() throws {
    let bench = try Bench()
    let values: [Double] = [.infinity, -.infinity, 1e300, -1e300, 1e-300, 0]
    try bench.store.record(
      metrics: values.enumerated().map { MetricValue(step: $0, name: "loss", value: $1) },
      run: bench.training)
    let snapshot = try bench.snapshot(bench.training)
    let events = try TensorBoardExport.events(of: snapshot)
    #expect(
      events.filter { $0.tag == "loss" }.map(\.content) == [
        .scalar(.infinity), .scalar(-.infinity), .scalar(0),
      ])
    guard
      case .scalar(let value) = events.first(where: { $0.tag == "train/mse" && $0.step == 2 })?
        .content
    else {
      Issue.record("NaN is left out")
      return
    }
    #expect(value.isNaN)
    let notes = try TensorBoardExport.write(snapshot, to: bench.folder.file("tb")).notes
    #expect(
      notes == [
        "run 1: loss: 2 values from step 0 on: not finite; kept as they are",
        "run 1: train/mse: 1 value from step 2 on: not finite; kept as they are",
        "run 1: loss: 3 values from step 2 on: too large or too small for TensorBoard's floats; left out",
      ])
  }

  @Test("losses of several phases are several lines, there and in MLflow; errors stay one")
  func phases() throws {
    let bench = try Bench()
    let run = try bench.store.startRun(
      NewRun(kind: .train, name: "two", configuration: "{}", command: "", versions: [:]))
    let values = [(1, "stn"), (2, "detail")].flatMap { step, phase -> [MetricValue] in
      ["train/loss", "validation/corrected/mse"].map {
        MetricValue(step: step, name: $0, value: 1, phase: phase)
      }
    }
    try bench.store.record(metrics: values, run: run)
    let snapshot = try bench.snapshot(run)
    let names = [
      "train/loss/stn", "validation/corrected/mse", "train/loss/detail", "validation/corrected/mse",
    ]
    #expect(try TensorBoardExport.events(of: snapshot).map(\.tag).suffix(4) == names[...])
    #expect(values.map { snapshot.name(of: $0) } == names)
    // A single phase needs no name.
    try bench.store.record(
      metrics: [MetricValue(step: 1, name: "train/loss", value: 1, phase: "only")],
      run: bench.evaluation)
    #expect(
      try TensorBoardExport.events(of: bench.snapshot(bench.evaluation)).contains {
        $0.tag == "train/loss"
      })
  }

  @Test("a run's file is replaced by the next export; its folder has a name that any system takes")
  func files() throws {
    let bench = try Bench()
    let folder = bench.folder.file("tb")
    let first = try TensorBoardExport.write(try bench.snapshot(bench.training), to: folder)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: first.path))
    let second = try TensorBoardExport.write(try bench.snapshot(bench.training), to: folder)
    #expect(
      first.path == second.path && first.path.hasPrefix("\(folder)/1-tiny/events.out.tfevents."))
    #expect(try Data(contentsOf: URL(fileURLWithPath: second.path)) == bytes)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/1-tiny").count == 1)
    let odd = try bench.store.startRun(
      NewRun(kind: .train, name: "../a b", configuration: "{}", command: "", versions: [:]))
    let path = try TensorBoardExport.write(try bench.snapshot(odd), to: folder).path
    #expect(path.hasPrefix("\(folder)/3-.._a_b/"))
  }

  @Test("a file that is not as the run wrote it is left out, and said")
  func changedFiles() throws {
    let bench = try Bench()
    let path = try bench.folder.add("validation-2.jpg", "x")
    try bench.store.record(
      artifact: Artifact(path: path, kind: "samples", sha256: "other"), run: bench.training)
    let snapshot = try bench.snapshot(bench.training)
    #expect(snapshot.files.isEmpty && snapshot.notes.first?.contains(path) == true)
    #expect(Artifact(path: "a/validation-20.jpg", kind: "samples", sha256: "").step == 20)
  }
}
