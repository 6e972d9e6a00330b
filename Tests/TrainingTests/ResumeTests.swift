import Foundation
import Models
import Support
import Synchronization
import Testing
import Tracking
import Training

/// A run that was interrupted ends with the bits of one that was not.
@Suite("Training: interrupted runs")
struct ResumeTests {
  @Test(
    "stopped after n steps and resumed, before, at and after the phases' boundary",
    arguments: [1, 3, 4], ["", "averaging: 0.9", "flip: true"])
  func stopped(after steps: Int, extra: String) throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(yaml: tinyYAML(extra: extra), file: "tiny.yaml")
    let whole = try workshop.train(configuration, output: "whole")
    #expect(whole != nil)
    #expect(try workshop.train(configuration, output: "parts", stopAfter: steps) == nil)
    let first = try #require(try workshop.store.runs().first)
    #expect(first.status == .interrupted)
    #expect(try workshop.train(configuration, output: "parts", resume: true) == first.id)
    let (a, b) = (try workshop.bits("whole"), try workshop.bits("parts"))
    #expect(a.count > 60)
    #expect(differences(a, b) == [])
    // Each step's metrics once, in the one run.
    for name in ["train/loss", "train/gradient_norm"] {
      let metrics = try workshop.store.metrics(run: first.id, name: name)
      #expect(metrics.map(\.step) == Array(1...6))
      let undisturbed = try workshop.store.metrics(run: try #require(whole), name: name)
      #expect(metrics.map(\.value) == undisturbed.map(\.value))
    }
    let record = try #require(try workshop.store.run(first.id))
    #expect(record.status == .finished)
    #expect(record.resumed == 1)
  }

  @Test("a finished run takes further steps in its last phase, also when it is stopped among them")
  func extended() throws {
    let workshop = try Workshop()
    let plain = try TrainingConfiguration(
      yaml: tinyYAML(extra: "averaging: 0.9"), file: "tiny.yaml")
    let run = try #require(try workshop.train(plain))
    func longer(_ total: Int?) throws -> TrainingConfiguration {
      try plain.continuing(workshop.folder.file("out"), toSteps: total)
    }
    #expect(try workshop.train(try longer(9), resume: true, stopAfter: 1) == nil)
    #expect(try workshop.train(try longer(nil), resume: true) == run)
    let metrics = try workshop.store.metrics(run: run, name: "train/loss")
    #expect(metrics.map(\.step) == Array(1...9))
    #expect(metrics.suffix(6).allSatisfy { $0.phase == "paint" })
    // Another number of steps on the way is another run.
    #expect(try workshop.train(try longer(12), resume: true, stopAfter: 1) == nil)
    #expect(throws: UserError.self) {
      try workshop.train(try longer(20), resume: true)
    }
    #expect(throws: UserError.self) { try workshop.train(plain, resume: true) }
  }

  @Test("means between two reports are those of an undisturbed run", arguments: [1, 2, 4, 5])
  func stoppedBetweenReports(after steps: Int) throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(yaml: tinyYAML(report: 4), file: "tiny.yaml")
    let whole = try #require(try workshop.train(configuration, output: "whole"))
    try workshop.train(configuration, output: "parts", stopAfter: steps)
    let parts = try #require(try workshop.train(configuration, output: "parts", resume: true))
    func values(_ run: Int64) throws -> [MetricValue] {
      try workshop.store.metrics(run: run).filter { $0.name != "train/images_per_second" }
    }
    #expect(try values(whole).count == 16)
    #expect(try values(parts) == values(whole))
    #expect(differences(try workshop.bits("whole"), try workshop.bits("parts")) == [])
  }

  @Test("died between two checkpoints: the folder as it was then, in another database")
  func died() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(
      yaml: tinyYAML(checkpoint: 2, extra: "averaging: 0.9"), file: "tiny.yaml")
    let (from, to) = (workshop.folder.file("whole"), workshop.folder.file("dead"))
    let copied = Mutex(false)
    let trainer = try workshop.trainer(
      configuration, output: "whole",
      options: .init(progress: { step, _, _, _ in
        // Step 4's checkpoint is there; step 5 is lost.
        guard step == 5 else { return }
        let isDone = (try? FileManager.default.copyItem(atPath: from, toPath: to)) != nil
        copied.withLock { $0 = isDone }
      }))
    _ = try trainer.run(Workshop.run)
    #expect(copied.withLock { $0 })
    #expect(try Checkpoint(path: "\(to)/state.h5").step == 4)
    let other = try Store(path: workshop.folder.file("other.sqlite"))
    // Its run 1 is another one, which must be left alone.
    let stranger = try other.startRun(
      NewRun(kind: .train, name: "other", configuration: "{}", command: "", versions: [:]))
    try other.finishRun(stranger, status: .interrupted)
    let run = try workshop.train(configuration, output: "dead", resume: true, store: other)
    #expect(run != stranger)
    #expect(try other.metrics(run: stranger).isEmpty)
    #expect(differences(try workshop.bits("whole"), try workshop.bits("dead")) == [])
  }

  @Test("validation, reports and checkpoints leave training as it is")
  func watched() throws {
    let workshop = try Workshop()
    var configuration = try TrainingConfiguration(
      yaml: tinyYAML(extra: "averaging: 0.9"), file: "tiny.yaml")
    try workshop.train(configuration, output: "alone")
    (configuration.validateEvery, configuration.checkpointEvery) = (1, 1)
    let run = try #require(
      try workshop.train(configuration, output: "watched", validation: workshop.photos))
    #expect(differences(try workshop.bits("alone"), try workshop.bits("watched")) == [])
    let metrics = try workshop.store.metrics(run: run, name: "validation/corrected/mse")
    #expect(metrics.map(\.step) == Array(1...6))
    #expect(metrics.allSatisfy { $0.value > 0 && $0.value < 1 })
    #expect(
      FileManager.default.fileExists(atPath: workshop.folder.file("watched/validation-6.jpg")))
  }

  @Test("resuming a finished run changes nothing and says its number")
  func finished() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (1, 1)), file: "tiny.yaml")
    let run = try workshop.train(configuration)
    let before = try workshop.bits("out")
    #expect(try workshop.train(configuration, resume: true) == run)
    #expect(differences(before, try workshop.bits("out")) == [])
    #expect(try workshop.store.runs().map(\.status) == [.finished])
  }

  @Test("nothing to resume: it begins")
  func nothing() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (1, 1)), file: "tiny.yaml")
    #expect(try workshop.train(configuration, resume: true) != nil)
    #expect(try Checkpoint(path: workshop.folder.file("out/state.h5")).step == 2)
  }

  @Test("another configuration, other photos, other steps and a folder in use are refused")
  func refused() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (1, 2)), file: "tiny.yaml")
    try workshop.train(configuration, stopAfter: 1)
    let before = try workshop.bits("out")
    let inUse = try #require(message { try workshop.train(configuration) })
    #expect(inUse.contains("\(workshop.folder.path)/out: already holds a training run"))
    #expect(inUse.contains("--resume"))
    var other = configuration
    other.seed = 8
    let longer = configuration.scaled(toSteps: 6)
    for changed in [other, longer] {
      let line = try #require(message { try workshop.train(changed, resume: true) })
      #expect(line.contains("out/state.h5: belongs to another configuration"))
      #expect(!line.contains("\n"))
    }
    try workshop.folder.addPhotos(6)
    let photos = try #require(message { try workshop.train(configuration, resume: true) })
    #expect(photos.contains("belongs to another"))
    #expect(differences(before, try workshop.bits("out")) == [])
  }

  @Test("a state file that is damaged or something else is named")
  func damaged() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (1, 1)), file: "tiny.yaml")
    try workshop.train(configuration, stopAfter: 1)
    let path = workshop.folder.file("out/state.h5")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
    #expect(
      message { try workshop.train(configuration, resume: true) }?.hasPrefix(path) == true)
    let corrector = workshop.folder.file("out/corrector.h5")
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: corrector, toPath: path)
    #expect(
      message { try workshop.train(configuration, resume: true) }
        == "\(path): not the state of a training run")
  }

  @Test("a state file without the optimiser's state is refused, not taken for a fresh one")
  func withoutMoments() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (1, 1)), file: "tiny.yaml")
    try workshop.train(configuration, stopAfter: 1)
    let path = workshop.folder.file("out/state.h5")
    var checkpoint = try Checkpoint(path: path)
    checkpoint.moments = [:]
    try checkpoint.write(to: path)
    #expect(
      message { try workshop.train(configuration, resume: true) }?
        .hasPrefix("\(path): the optimiser's state is missing") == true)
  }

  @Test("the same threads give the same bits, others the same up to rounding")
  func threads() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    for (output, threads) in [("one", 1), ("two", 2), ("again", 2)] {
      try workshop.train(configuration, output: output, threads: threads)
    }
    let two = try workshop.bits("two")
    #expect(differences(two, try workshop.bits("again")) == [])
    let (a, b) = (try corrector("one"), try corrector("two"))
    for (p, q) in zip(a.parameters.parameters, b.parameters.parameters) {
      let (x, y) = (p.value.elements, q.value.elements)
      let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let difference = zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      #expect(difference <= 1e-2 * norm + 1e-4, "\(p.name): \(difference) of \(norm)")
    }
    func corrector(_ output: String) throws -> Corrector {
      try CorrectorFile.load(workshop.folder.file("\(output)/corrector.h5"))
    }
  }
}
