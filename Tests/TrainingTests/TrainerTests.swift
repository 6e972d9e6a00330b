import Foundation
import Models
import NeuralNetworks
import Synchronization
import Tensors
import Testing
import Tracking
import Training

@Suite("Training: what a run writes, and how it fails")
struct TrainerTests {
  @Test("corrector.h5 is the trainer's generator, and the run names it by its hash")
  func corrector() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    let trainer = try workshop.trainer(configuration)
    let fresh = trainer.corrector.parameters.parameters.map(\.value.elements)
    let run = try trainer.run(Workshop.run)
    let loaded = try CorrectorFile.load(trainer.correctorPath)
    #expect(loaded.configuration == configuration.corrector)
    let tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 1))
    let x = tape.constant(
      try #require(Tensor(hashNoise("x", 2 * 256 * 256 * 3), shape: [2, 256, 256, 3])))
    let (a, b) = try tape.withoutRecording { (try loaded(tape, x), try trainer.corrector(tape, x)) }
    #expect(a.corrected.value.elements == b.corrected.value.elements)
    // Every stage has learnt.
    for (parameter, before) in zip(trainer.corrector.parameters.parameters, fresh)
    where parameter.name.hasSuffix("weight") {
      #expect(parameter.value.elements != before, "\(parameter.name) is as it was")
    }
    let artifact = try #require(
      try workshop.store.artifacts(run: run).first { $0.kind != "samples" })
    #expect(artifact.kind == "corrector")
    #expect(try workshop.store.trainingRun(ofFile: artifact.sha256) == run)
  }

  @Test("a metric belongs to a phase: no mean reaches over two, and each phase ends with a value")
  func phases() throws {
    let workshop = try Workshop()
    func run(_ report: Int) throws -> Int64 {
      try #require(
        try workshop.train(
          try TrainingConfiguration(yaml: tinyYAML(report: report), file: "tiny.yaml"),
          output: "every\(report)", validation: workshop.photos))
    }
    let (steps, means) = (try run(1), try run(4))
    for name in ["train/loss", "train/gradient_norm"] {
      let single = try workshop.store.metrics(run: steps, name: name).map(\.value)
      let found = try workshop.store.metrics(run: means, name: name)
      #expect(found.map(\.step) == [3, 4, 6])
      #expect(found.map(\.phase) == ["look", "paint", "paint"])
      try #require(single.count == 6)
      let expected = [
        (single[0] + single[1] + single[2]) / 3, single[3], (single[4] + single[5]) / 2,
      ]
      #expect(zip(found, expected).allSatisfy { abs($0.value - $1) < 1e-9 * abs($1) }, "\(name)")
    }
    let heldOut = try workshop.store.metrics(run: means, name: "validation/corrected/mse")
    #expect(heldOut.map(\.step) == [3, 6] && heldOut.map(\.phase) == ["look", "paint"])
  }

  @Test("where θ is given, no error of θ is recorded")
  func exactTheta() throws {
    let workshop = try Workshop()
    var configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (1, 1)), file: "tiny.yaml")
    configuration.phases[1].exact = [.stn]
    let run = try #require(try workshop.train(configuration))
    let errors = try workshop.store.metrics(run: run, name: "train/theta_error")
    #expect(errors.map(\.phase) == ["look"])
    #expect(try workshop.store.metrics(run: run, name: "train/mse").map(\.phase) == ["paint"])
  }

  @Test("a share of the steps reads by the sampler: none and all are what their readings give")
  func refined() throws {
    let workshop = try Workshop(photos: 2)
    func parameters(_ refinement: String, _ share: String) throws -> [Float] {
      let yaml = """
        version: 1
        name: tiny
        seed: 7
        corrector:
          stages: [stn, unet]
          stn: { view: 16, widths: [2], hidden: 4, sampling: bicubic\(refinement) }
          unet: { width: 2, depth: 1 }
        phases:
          - { name: detail, learn: [unet], exact: [stn], steps: 4, batch: 1, learning_rate: 1.0e-3,
              losses: { l1: 1 }\(share) }
        """
      let trainer = try workshop.trainer(
        try TrainingConfiguration(yaml: yaml, file: "t.yaml"), output: UUID().uuidString)
      _ = try trainer.run(Workshop.run)
      return trainer.corrector.parameters.parameters.flatMap(\.value.elements)
    }
    let lattice = ", refinement: lattice"
    let (all, none) = (try parameters(lattice, ""), try parameters("", ""))
    #expect(all != none)
    #expect(try parameters(lattice, ", refined: 1") == all)
    #expect(try parameters(lattice, ", refined: 0") == none)
    let half = try parameters(lattice, ", refined: 0.5")
    #expect(half != all && half != none)
    #expect(try parameters(lattice, ", refined: 0.5") == half)
  }

  @Test("with averaging the corrector is the mean, which forgets how a phase's stages began")
  func averaging() throws {
    let workshop = try Workshop()
    var configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (12, 2), extra: "averaging: 0.999"), file: "tiny.yaml")
    configuration.phases[1].losses.adversarial = 0
    let trainer = try workshop.trainer(configuration)
    let name = "unet.out.weight"
    func value(_ corrector: Corrector) throws -> [Float] {
      try #require(corrector.parameters.parameters.first { $0.name == name }).value.elements
    }
    let start = try value(trainer.corrector)
    _ = try trainer.run(Workshop.run)
    let (end, mean) = (
      try value(trainer.corrector), try value(CorrectorFile.load(trainer.correctorPath))
    )
    #expect(mean != end)
    // Two steps into its phase: decays 2/11 and 3/12 leave 1/22 of the start.
    for index in start.indices where abs(end[index] - start[index]) > 5e-4 {
      let left = (mean[index] - end[index]) / (start[index] - end[index])
      #expect(left < 0.3, "\(left) of the start is left")
    }
  }

  @Test("training can begin with another corrector's stages, where they are made alike")
  func initial() throws {
    let workshop = try Workshop()
    try workshop.train(
      try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml"), output: "first")
    let path = workshop.folder.file("first/corrector.h5")
    let first = try CorrectorFile.load(path)
    var configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    configuration.corrector.unet.width = 4
    configuration.corrector.stn.sampling = .bicubic
    let second = try workshop.trainer(configuration, output: "second", initial: path)
    let values = Dictionary(
      uniqueKeysWithValues: second.corrector.parameters.parameters.map {
        ($0.name, $0.value.elements)
      })
    for parameter in first.parameters.parameters {
      let isTaken = values[parameter.name] == parameter.value.elements
      #expect(isTaken == !parameter.name.hasPrefix("unet."), "\(parameter.name)")
    }
    let statistics = zip(second.corrector.parameters.statistics, first.parameters.statistics)
    for (own, other) in statistics where own.name.hasPrefix("transformer") {
      #expect(own.values.mean.elements == other.values.mean.elements)
    }
    // What it began with is part of what a run is.
    _ = try second.run(Workshop.run)
    let line = try #require(
      message {
        try workshop.train(configuration, output: "second", resume: true)
      })
    #expect(line.contains("belongs to another configuration"))
    configuration.corrector.stages = [.unet]
    configuration.phases = [configuration.phases[1]]
    configuration.phases[0].learn = [.unet]
    configuration.phases[0].active = [.unet]
    let none = try #require(
      message {
        _ = try workshop.trainer(configuration, output: "third", initial: path)
      })
    #expect(none.hasPrefix(path) && none.contains("no stage with the architecture of"))
  }

  @Test("losses that explode end the run and lead back to the last good checkpoint")
  func diverged() throws {
    let workshop = try Workshop()
    var configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (2, 6), checkpoint: 1), file: "tiny.yaml")
    configuration.phases[1].learningRate = 1e6
    configuration.phases[1].clip = nil
    configuration.phases[1].losses.adversarial = 0
    let line = try #require(
      message {
        try workshop.train(configuration, validation: workshop.photos)
      })
    let state = workshop.folder.file("out/state.h5")
    #expect(line.contains("training diverged at step 4"))
    #expect(line.contains("the last good checkpoint is \(state), step 2"))
    #expect(!line.contains("\n"))
    #expect(try Checkpoint(path: state).step == 2)
    let corrector = try CorrectorFile.load(workshop.folder.file("out/corrector.h5"))
    for parameter in corrector.parameters.parameters {
      #expect(parameter.value.elements.allSatisfy { abs($0) < 10 }, "\(parameter.name)")
    }
    let run = try #require(try workshop.store.runs().first)
    #expect(run.status == .failed)
    #expect(run.error == line)
  }

  @Test("weights that are not numbers end the run, with no checkpoint to name")
  func notANumber() throws {
    let workshop = try Workshop()
    let configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    let trainer = try workshop.trainer(configuration)
    let parameter = try #require(trainer.corrector.parameters.parameters.first)
    parameter.value.withUnsafeMutableBufferPointer { $0[0] = .nan }
    let line = try #require(message { _ = try trainer.run(Workshop.run) })
    #expect(line.hasPrefix("training diverged at step 1: loss is nan"))
    #expect(!line.contains("checkpoint"))
    #expect(!FileManager.default.fileExists(atPath: workshop.folder.file("out/state.h5")))
  }

  @Test("photos that cannot be used are left out by name, and training ends with the same bits")
  func unusablePhotos() throws {
    let workshop = try Workshop(photos: 3)
    for name in ["broken.jpg", "n02105855_2933.JPEG"] {
      try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(workshop.photos)/\(name)"))
    }
    try Data().write(to: URL(fileURLWithPath: "\(workshop.photos)/notes.txt"))
    let configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    let notes = Mutex<[String]>([])
    let trainer = try workshop.trainer(
      configuration, output: "whole", validation: workshop.photos,
      options: .init(note: { line in notes.withLock { $0.append(line) } }))
    let run = try trainer.run(Workshop.run)
    let names = ["broken.jpg", "n02105855_2933.JPEG"]
    for dataset in ["images", "validation"] {
      let left = try workshop.store.leftOut(run: run).filter { $0.dataset == dataset }
      #expect(left.map(\.item) == names)
      for name in names {
        let line = "\(dataset): left out \(name): not"
        let lines = notes.withLock { $0.filter { $0.contains(line) } }
        #expect(lines.count == 1)
      }
    }
    #expect(try workshop.store.dataNotes(run: run).first?.text.contains("1 .txt") == true)
    #expect(notes.withLock { $0.contains { $0.contains("2 of 5 photos left out") } })
    // Stopped and resumed, the same.
    #expect(try workshop.train(configuration, output: "parts", stopAfter: 3) == nil)
    let resumed = try #require(try workshop.train(configuration, output: "parts", resume: true))
    #expect(differences(try workshop.bits("whole"), try workshop.bits("parts")) == [])
    #expect(try workshop.store.leftOut(run: resumed).map(\.item) == names)
  }

  @Test("with strict the first photo that cannot be used ends the run")
  func strict() throws {
    let workshop = try Workshop(photos: 3)
    let path = "\(workshop.photos)/broken.jpg"
    try Data("no picture".utf8).write(to: URL(fileURLWithPath: path))
    let configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    let trainer = try workshop.trainer(configuration, options: .init(isStrict: true))
    let line = try #require(message { _ = try trainer.run(Workshop.run) })
    #expect(line.hasPrefix(path))
    #expect(try workshop.store.runs().first?.status == .failed)
  }

  @Test("where no photo can be used, training and validation end, and say what is wrong")
  func noGoodPhoto() throws {
    let workshop = try Workshop(photos: 1)
    let bad = workshop.folder.file("bad")
    try FileManager.default.createDirectory(atPath: bad, withIntermediateDirectories: true)
    try Data("no picture".utf8).write(to: URL(fileURLWithPath: "\(bad)/a.jpg"))
    let configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    let notes = Mutex<[String]>([])
    let options = Trainer.Options(note: { line in notes.withLock { $0.append(line) } })
    let heldOut = message {
      _ = try workshop.trainer(configuration, validation: bad, options: options)
    }
    #expect(heldOut?.hasPrefix("\(bad): its only photo cannot be used") == true)
    #expect(notes.withLock { $0.contains { $0.hasPrefix("validation: left out a.jpg: ") } })
    let trainer = try workshop.trainer(configuration, photos: bad, options: options)
    let line = message { _ = try trainer.run(Workshop.run) }
    #expect(line?.hasPrefix("\(bad): its only photo cannot be used") == true)
    #expect(notes.withLock { $0.contains { $0.hasPrefix("images: left out a.jpg: ") } })
    let run = try #require(try workshop.store.runs().first)
    #expect(run.status == .failed)
    #expect(try workshop.store.leftOut(run: run.id).map(\.item) == ["a.jpg"])
  }

  @Test("an output folder that cannot be made is named")
  func unusableOutput() throws {
    let workshop = try Workshop(photos: 1)
    try Data().write(to: URL(fileURLWithPath: workshop.folder.file("out")))
    let configuration = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml")
    let line = try #require(message { try workshop.train(configuration) })
    #expect(line.hasPrefix("\(workshop.folder.path)/out: "))
  }
}
