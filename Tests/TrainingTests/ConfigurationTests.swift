import Foundation
import Models
import Testing
import Training

@Suite("Training files")
struct ConfigurationTests {
  private func experiment(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Experiments/\(name)").path
  }

  @Test("the paper's recipe")
  func paper() throws {
    let configuration = try TrainingConfiguration(file: experiment("train-paper.yaml"))
    #expect(configuration.corrector.stages == [.stn, .unet])
    #expect(configuration.corrector.unet.width == 64)
    #expect(configuration.corrector.unet.deviationPlanes)
    #expect(configuration.corrector.stn.sampling == .bilinear)
    #expect(configuration.discriminator.widths.count == 3)
    let phase = try #require(configuration.phases.first)
    #expect(configuration.phases.count == 1)
    #expect(Set(phase.learn) == [.stn, .unet])
    #expect(phase.losses == .init(mse: 1, adversarial: 0.25))
    #expect(phase.target == .canonical)
    // One epoch of ImageNet.
    #expect((0..<16).contains(phase.steps * phase.batch - 1_281_167))
  }

  @Test("the sample's recipe: every phase says what it learns from")
  func sample() throws {
    let configuration = try TrainingConfiguration(file: experiment("train-sample.yaml"))
    #expect(configuration.totalSteps == configuration.phases.reduce(0) { $0 + $1.steps })
    #expect(!configuration.phases.isEmpty)
    for phase in configuration.phases {
      #expect(phase.learn.allSatisfy(configuration.corrector.stages.contains))
      #expect(phase.learn.allSatisfy(phase.active.contains))
    }
    _ = try Corrector(configuration.corrector, seed: 0)
  }

  @Test("each variant of the ablation differs from the sample's recipe where it says so")
  func variants() throws {
    let sample = try TrainingConfiguration(file: experiment("train-sample.yaml"))
    let folder = experiment("ablation")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".yaml") }
    #expect(!files.isEmpty)
    for file in files {
      let variant = try TrainingConfiguration(file: "\(folder)/\(file)")
      #expect(variant.description?.isEmpty == false && variant.name.hasPrefix("ablation-"))
      // Else it could not begin with the shipped corrector's stages.
      #expect(variant.corrector.stn == sample.corrector.stn, "\(file)")
      let phase = try #require(variant.phases.first)
      if phase.learn == [.unet] {
        #expect(variant.corrector.color == sample.corrector.color, "\(file)")
        #expect(variant.corrector.unet == sample.corrector.unet, "\(file)")
      }
      let own = try #require(sample.phases.first { $0.learn == phase.learn })
      if variant.description?.hasSuffix("as it ships") == true {
        #expect(phase.losses == own.losses && phase.learningRate == own.learningRate, "\(file)")
      }
      #expect(phase.steps < own.steps && phase.batch == own.batch, "\(file)")
    }
  }

  @Test("stages before the last that learns are active, later ones are not")
  func active() throws {
    let phases = try TrainingConfiguration(yaml: tinyYAML(), file: "t.yaml").phases
    #expect(phases.map(\.active) == [[.stn], [.stn, .color, .unet]])
  }

  @Test("steps are shared out by the phases' own, and none is lost")
  func scaled() throws {
    let configuration = try TrainingConfiguration(yaml: tinyYAML(steps: (30, 10)), file: "t.yaml")
    func shares(_ total: Int) -> [Int] {
      configuration.scaled(toSteps: total).phases.map(\.steps)
    }
    #expect(shares(4) == [3, 1])
    #expect(shares(40) == [30, 10])
    #expect(shares(80) == [60, 20])
    #expect(shares(10) == [8, 2])
    #expect(shares(1) == [1, 0])
    for total in 1...50 { #expect(shares(total).reduce(0, +) == total) }
    var other = configuration.scaled(toSteps: 40)
    #expect(other == configuration)
    other.phases[0].steps = 31
    #expect(other != configuration)
  }

  @Test("a short run reports, validates and saves as often as the whole, a long one no less often")
  func cadence() throws {
    var configuration = try TrainingConfiguration(
      yaml: tinyYAML(steps: (3000, 1000), checkpoint: 100, report: 20), file: "t.yaml")
    configuration.validateEvery = 500
    func every(_ total: Int) -> [Int] {
      let scaled = configuration.scaled(toSteps: total)
      return [scaled.reportEvery, scaled.validateEvery, scaled.checkpointEvery]
    }
    #expect(every(4000) == [20, 500, 100])
    #expect(every(400) == [2, 50, 10])
    #expect(every(3) == [1, 1, 1])
    #expect(every(40_000) == [200, 5000, 100])
    configuration.validateEvery = Int.max
    #expect(every(8000)[1] > 1_000_000)
  }

  @Test(
    "mistakes are named with their line and what is known",
    arguments: [
      ("seed: 7", "sead: 7", ":3: unknown key sead; choose from version, name"),
      ("name: tiny\n", "", "the key name is missing"),
      ("version: 1", "version: 2", ":1: version: only version 1 is supported"),
      ("[stn, color, unet]", "[stn, colour]", ":5: corrector.stages[1]: unknown stage colour"),
      ("[stn, color, unet]", "[stn, stn]", "duplicate stage stn"),
      ("[stn, color, unet]", "[]", "must be a list with at least one element"),
      ("learn: [stn]", "learn: [wings]", "unknown stage wings; choose from stn, color, unet"),
      ("hidden: 4, normalization: batch", "sampling: cubist", "unknown sampler cubist; choose"),
      ("normalization: batch", "normalization: layer", "unknown normalization layer; choose from"),
      ("normalization: batch", "map: bent", "unknown map bent; choose from affine, projective"),
      ("hidden: 4, n", "map: projective, refinement: lattice, n", "not for map: projective"),
      ("summary: pool", "summary: sum", "unknown summary sum; choose from flatten, pool"),
      ("schedule: cosine", "schedule: linear", "unknown schedule linear; choose from constant"),
      ("target: aligned", "target: moved", "unknown target moved; choose from canonical, aligned"),
      ("learning_rate: 1.0e-3 }", "form: none }", "unknown form none; choose from saturating"),
      ("losses: { theta: 1 }", "losses: { thta: 1 }", "unknown key thta; choose from mse, l1"),
      ("losses: { theta: 1 }", "losses: { theta: 0 }", "all losses are zero"),
      ("losses: { theta: 1 }", "losses: { theta: -1 }", "must be a number, 0.0 to"),
      ("mse: 1, adv", "theta: 1, adv", "a theta loss needs a phase in which stn learns"),
      ("learn: [stn],", "learn: [stn], exact: [stn],", "stn cannot learn and be exact in the same"),
      ("learn: [stn],", "learn: [stn], exact: [unet],", "unknown stage unet"),
      ("steps: 3", "refined: 0.5, steps: 3", "refined: needs a refinement of stn"),
      ("seed: 7", "variants: 0", "must be a whole number, 1"),
      ("steps: 3", "steps: 0", "must be a whole number"),
      ("batch: 2", "batch: 2.5", "must be a whole number"),
      ("clip: 1", "clip: .nan", "must be a number"),
      ("view: 16", "view: 2", "must be a whole number, 4"),
      ("widths: [2], hidden: 4, n", "widths: [2, 0], n", "must be a whole number, 1"),
      ("widths: [2], hidden: 4, n", "first_kernel: 4, n", "first_kernel must be 1, 3, 5 or 7"),
      ("widths: [2], hidden: 4, n", "widths: [1, 1, 1, 1, 1, 1, 1], n", "widths must be 1 to 6"),
      ("view: 16, widths: [2], hidden: 4", "view: 256, widths: [1024], hidden: 4096", "too many"),
      ("depth: 1", "depth: 6", "must be a whole number, 1"),
      ("report_every: 1", "report_every: 0", "must be a whole number, 1"),
      ("seed: 7", "seed: -1", "must be a whole number, at least 0"),
      ("seed: 7", "betas: [0.9]", "betas: must be two numbers"),
      ("seed: 7", "betas: [0.9, 1]", "must be a number"),
      ("seed: 7", "averaging: 1", "must be a number"),
      ("seed: 7", "distortion: smog", "unknown distortion smog; choose from corruptions"),
      ("seed: 7", "name: again", "duplicate key name"),
      ("seed: 7", "seed: [", "not YAML"),
    ])
  func mistakes(_ found: String, _ replaced: String, _ expected: String) throws {
    let yaml = tinyYAML()
    let range = try #require(yaml.range(of: found))
    let text = yaml.replacingCharacters(in: range, with: replaced)
    let line = try #require(
      message { _ = try TrainingConfiguration(yaml: text, file: "tiny.yaml") })
    #expect(line.hasPrefix("tiny.yaml:"), "\(line)")
    #expect(line.contains(expected), "\(line)")
    #expect(!line.contains("\n"))
  }

  @Test("a file that is not there, empty or no mapping is named")
  func unreadable() throws {
    let line = try #require(
      message { _ = try TrainingConfiguration(file: "/nowhere/train.yaml") })
    #expect(line.hasPrefix("/nowhere/train.yaml: cannot be read"))
    #expect(
      message { _ = try TrainingConfiguration(yaml: "", file: "e.yaml") } == "e.yaml: is empty")
    #expect(
      message { _ = try TrainingConfiguration(yaml: "[1]", file: "l.yaml") }?
        .contains("must be keys and values") == true)
  }

  @Test("a corrector's settings are written as files of earlier versions hold them")
  func unchangedText() throws {
    // Of the corrector that ships with the program since its first version.
    let text = """
      {"color":{"features":{"firstKernel":3,"hidden":128,"normalization":"batch","summary":"pool",\
      "view":56,"widths":[24,48,64]},"histogram":64,"scale":0.1},"stages":["stn","color","unet"],\
      "transformer":{"localisation":{"firstKernel":5,"hidden":128,"normalization":"batch",\
      "summary":"flatten","view":256,"widths":[12,24,32,64,64]},"refinement":"lattice",\
      "sampling":"bicubic","scale":0.1},"unet":{"depth":1,"deviationPlanes":true,\
      "normalization":"none","startsAsIdentity":true,"width":16}}
      """
    let configuration = try JSONDecoder().decode(
      CorrectorConfiguration.self, from: Data(text.utf8))
    #expect(configuration.stn.refinement == .lattice && configuration.unet.width == 16)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    #expect(String(decoding: try encoder.encode(configuration), as: UTF8.self) == text)
    // Settings of a stage that takes part cannot be missing; a stage that is unknown is no default.
    for wrong in [#"{"stages":["unet"]}"#, #"{"stages":["blur"]}"#] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(CorrectorConfiguration.self, from: Data(wrong.utf8))
      }
    }
  }

  @Test("a stage's settings stand under its name, or once under the one that they had before")
  func formerName() throws {
    func configuration(_ settings: String) throws -> CorrectorConfiguration {
      try TrainingConfiguration(
        yaml: """
          version: 1
          name: x
          corrector: { stages: [stn], \(settings) }
          phases: [ { name: a, learn: [stn], steps: 1, learning_rate: 0.1, losses: { mse: 1 } } ]
          """, file: "t.yaml"
      ).corrector
    }
    let now = try configuration("stn: { view: 16 }")
    #expect(now.stn.localisation.view == 16)
    #expect(try configuration("transformer: { view: 16 }") == now)
    #expect(
      message { _ = try configuration("stn: { view: 16 }, transformer: { view: 8 }") }?
        .contains("given twice, as stn and transformer") == true)
  }

  @Test("the identity of a run does not depend on a set's order")
  func encoding() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let configuration = CorrectorConfiguration(stages: [.unet, .color, .stn])
    let data = try encoder.encode(configuration)
    #expect(String(decoding: data, as: UTF8.self).contains(#""stages":["stn","color","unet"]"#))
    #expect(try JSONDecoder().decode(CorrectorConfiguration.self, from: data) == configuration)
  }
}
