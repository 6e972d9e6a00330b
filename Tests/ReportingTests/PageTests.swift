import Evaluation
import Foundation
import Imaging
import Reporting
import Support
import Testing
import Tracking

@Suite("Pages")
struct PageTests {
  private static let command = "realitygap report mine --output out"

  /// A store with all conditions of four images.
  private func scenario() throws -> Scenario {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    try scenario.add(.distorted, [[0, 0], [7, 7], [7, 7], [7, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 7], [0, 0], [7, 7]])
    return scenario
  }

  private func bundle(
    _ scenario: Scenario, templates: ReportTemplates? = nil
  ) throws -> ReportBundle {
    try ExperimentPage(
      try ExperimentResults(experiment: Scenario.experiment, store: scenario.store),
      store: scenario.store, workingFolder: "/lab"
    ) { path in throw UserError("\(path): must not be loaded") }
    .bundle(
      command: Self.command, stem: "mine", templates: try templates ?? ReportTemplates())
  }

  /// A folder of templates in the scenario's own.
  private func folder(_ scenario: Scenario, _ template: String) throws -> String {
    let folder = "\(scenario.folder)/templates"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try template.write(
      toFile: "\(folder)/experiment.mustache", atomically: true, encoding: .utf8)
    return folder
  }

  @Test("the page has every section, and shows every picture that lies beside it and no other")
  func sections() throws {
    let bundle = try bundle(try scenario())
    for heading in [
      "# Mine | yours: SqueezeNet 1.1 on 4 images of photos, canonical, distorted and corrected",
      "## Comparison with the published numbers", "## What the networks see",
      "## Accuracy against the strength of the distortion", "## Calibration",
      "## Training of the corrector", "## Throughput", "## Appendix: how to reproduce this",
    ] { #expect(bundle.markdown.contains("\(heading)\n\n"), "\(heading)") }
    #expect(bundle.markdown.contains("| SqueezeNet 1.1 | 4 | 75.00 (30.06–95.44) |"))
    let shown = bundle.markdown.split(separator: "](").dropFirst().compactMap { part in
      part.split(separator: ")").first.map(String.init)
    }
    #expect(shown == bundle.files.map(\.name))
    #expect(
      shown == [
        "mine-robustness-SqueezeNet-1.1.svg", "mine-calibration-SqueezeNet-1.1.svg",
      ])
    #expect(bundle.markdown.contains("realitygap run mine.yaml --draws 2\n\(Self.command)\n```"))
    // Nothing of the template is left, no HTML is used, nothing is escaped for it.
    for text in ["{{", "}}", "<", "&quot;", "&amp;", "\n\n\n"] {
      #expect(!bundle.markdown.replacing("< 0.001", with: "").contains(text), "\(text)")
    }
  }

  @Test("draws that cannot be replayed are a line in the place of curves and pictures")
  func noReplay() throws {
    let scenario = try scenario()
    try SQL.run("UPDATE evaluations SET distortion = 'mine@0123'", in: scenario.store.path)
    let bundle = try bundle(scenario)
    #expect(
      bundle.markdown.contains(
        "\n\nNo curves of SqueezeNet 1.1: distortion mine@0123 is not stored in "))
    #expect(!bundle.files.contains { $0.name.contains("robustness") })
    #expect(!bundle.markdown.contains("Each panel sorts"))
    try SQL.run("UPDATE evaluations SET distortion = 'print'", in: scenario.store.path)
    let prints = try self.bundle(scenario)
    #expect(prints.files.contains { $0.name.contains("robustness") })
    for part in ["size", "tilt", "|roll|", "exposure", "temperature", "defocus"] {
      let symbol = part.replacing("|", with: "\\|")
      #expect(prints.markdown.contains("| SqueezeNet 1.1 | \(symbol) |"), "\(part)")
    }
    #expect(!prints.markdown.contains("| SqueezeNet 1.1 | hue"))
  }

  @Test("a run that had help, or whose times are not known, has no speed")
  func throughput() throws {
    let scenario = try scenario()
    try scenario.store.finishRun(scenario.run, status: .finished)
    #expect(try !bundle(scenario).markdown.contains("shared with other runs"))
    try SQL.run(
      "UPDATE evaluations SET started_at = '2000-01-01T00:00:00.000Z'", in: scenario.store.path)
    #expect(
      try bundle(scenario).markdown.contains(
        "| 1 | predictions | 20 | shared with other runs | – |"))
    try SQL.run("UPDATE evaluations SET started_at = '9'", in: scenario.store.path)
    try SQL.run("UPDATE runs SET started_at = 'x'", in: scenario.store.path)
    #expect(try bundle(scenario).markdown.contains("| 1 | predictions | 20 | shared with"))
    try SQL.run("UPDATE runs SET started_at = '7'", in: scenario.store.path)
    #expect(try bundle(scenario).markdown.contains("| 1 | predictions | 20 | unknown | – |"))
  }

  @Test("photos and correctors that are gone are said in a line, not an error")
  func gone() throws {
    let markdown = try bundle(try scenario()).markdown
    #expect(
      markdown.contains("No pictures of photos: /lab/g.h5: the corrector is missing."))
    #expect(markdown.contains("The run that trained `g.h5` is not in this database."))
    let without = try Scenario()
    try without.add(.distorted, [[0, 0], [7, 7], [7, 7], [7, 7]])
    let other = try bundle(without).markdown
    #expect(other.contains("No pictures of photos: /lab/photos: no such file or folder."))
    #expect(!other.contains("## Training of the corrector"))
    #expect(other.contains("## Accuracy against the strength"))
  }

  @Test("an experiment without a finished cell has a page, too")
  func empty() throws {
    let bundle = try bundle(try Scenario())
    #expect(bundle.markdown.contains("| not computed |"))
    // What is not computed has no number of images, not even 0.
    let top1 = try #require(bundle.tables.first?.data.csv.split(separator: "\n"))
    #expect(top1[1] == "squeezenet1_1,photos,,canonical,,,,,,,,58.18,", "\(top1)")
    #expect(bundle.files.isEmpty)
    #expect(!bundle.markdown.contains("## Calibration"))
  }

  @Test("printed photos have pairs and confidence, but no strength of a distortion")
  func printed() throws {
    var experiment = Scenario.experiment
    experiment.conditions = [.raw, .corrected]
    experiment.published = nil
    let scenario = try Scenario()
    try scenario.add(.raw, [[0], [7], [7], [7]], isRaw: true)
    try scenario.add(.corrected, [[0], [0], [7], [7]], isRaw: true)
    let bundle = try ExperimentPage(
      try ExperimentResults(experiment: experiment, store: scenario.store), store: scenario.store,
      workingFolder: "/lab"
    ) { _ in throw UserError("none") }
    .bundle(command: "c", stem: "prints", templates: try ReportTemplates())
    #expect(!bundle.markdown.contains("## Accuracy against"))
    #expect(bundle.files.map(\.name) == ["prints-calibration-SqueezeNet-1.1.svg"])
    // Of four images an ECE has neither an interval nor decimals.
    #expect(bundle.markdown.contains("| SqueezeNet 1.1 | raw | 4 | 4 | 25.00 | 50.00 | 25 | – |"))
    let plot = String(decoding: try #require(bundle.files.first).bytes, as: UTF8.self)
    #expect(plot.contains(">ECE about 25 %</text>"))
    #expect(plot.contains(">accuracy per bin, with its 95 % interval by image</text>"))
  }

  @Test("where every image failed, sentences stand in the place of pictures and plots")
  func failed() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[nil], [nil], [nil], [nil]])
    for condition in [Condition.distorted, .corrected] {
      try scenario.add(condition, [[nil, nil], [nil, nil], [nil, nil], [nil, nil]])
    }
    let bundle = try bundle(scenario)
    #expect(bundle.files.isEmpty)
    for text in [
      "No curves of SqueezeNet 1.1: none of its images was classified.",
      "No calibration of SqueezeNet 1.1, canonical: there is no prediction",
      "No pictures of photos: ",
    ] { #expect(bundle.markdown.contains(text), "\(text)") }
    for text in ["The lowest and the highest bin", "{{", "\n\n\n"] {
      #expect(!bundle.markdown.contains(text), "\(text)")
    }
  }

  @Test("made twice it is the same, and written under its own names")
  func twice() throws {
    let scenario = try scenario()
    let (first, second) = (try bundle(scenario), try bundle(scenario))
    #expect(first.markdown == second.markdown)
    #expect(first.files == second.files && first.tables == second.tables)
    let folder = "\(scenario.folder)/deep/out"
    let paths = try first.write(to: folder, formats: TableFormat.allCases)
    #expect(paths.first == "\(folder)/mine.md")
    for name in ["top1", "differences", "robustness", "calibration", "throughput"] {
      for ending in ["tex", "csv", "json"] {
        #expect(paths.contains("\(folder)/tables/mine-\(name).\(ending)"))
      }
    }
    let csv = try String(contentsOfFile: "\(folder)/tables/mine-top1.csv", encoding: .utf8)
    #expect(csv.contains("squeezenet1_1,photos,,distorted,4,2,2,8,25.0,4.5"))
    #expect(try first.write(to: folder, withPage: false).isEmpty)
  }

  @Test("a laboratory's own template takes the place of the program's")
  func ownTemplate() throws {
    let scenario = try scenario()
    let own = try folder(
      scenario,
      "{{name}} & {{results.reading}}\n{{nothing}}{{#calibration}}{{bins}}{{/calibration}}")
    let text = try bundle(scenario, templates: try ReportTemplates(folder: own)).markdown
    #expect(text.hasPrefix("mine & Top-1 accuracy in percent"))
    #expect(text.hasSuffix("\n15"))
  }

  @Test("a template that is missing or no template is one line that names it")
  func badTemplates() throws {
    let scenario = try scenario()
    let missing = #expect(throws: UserError.self) {
      try ReportTemplates(folder: "\(scenario.folder)/none")
    }
    #expect(missing?.description.contains("none: no such folder") == true)
    let empty = #expect(throws: UserError.self) { try ReportTemplates(folder: scenario.folder) }
    #expect(empty?.description.contains("holds no template; put experiment.mustache") == true)
    for (text, line) in [
      ("fine\n{{#results}}\n{{/other}}\n", 3), ("{{name", 1), ("a\n{{#results}}b", 2),
    ] {
      let own = try ReportTemplates(folder: try folder(scenario, text))
      let error = #expect(throws: UserError.self) { try bundle(scenario, templates: own) }
      #expect(
        error?.description.contains("experiment.mustache, line \(line): not a Mustache template")
          == true, "\(String(describing: error))")
    }
  }

  @Test("a configuration that cannot be read is said so in the report, not passed over")
  func unreadConfiguration() throws {
    let scenario = try Scenario()
    let id = try scenario.store.startRun(
      NewRun(
        kind: .train, name: "g", configuration: #"{"training":{"phase":[]}}"#, command: "",
        versions: [:]))
    let run = try #require(try scenario.store.run(id))
    let page = try TrainingPage(run, store: scenario.store)
      .bundle(command: "c", stem: "g", templates: try ReportTemplates())
    #expect(
      page.markdown.contains(
        "The configuration of run \(id) cannot be read: training.phases is missing."))
  }

  @Test("a training run's page has its curves, numbers, files and configuration")
  func training() throws {
    let scenario = try Scenario()
    let store = scenario.store
    let id = try store.startRun(
      NewRun(
        kind: .train, name: "g",
        configuration:
          #"{"training":{"phases":[{"name":"a","steps":15},{"name":"b","steps":25}]}}"#,
        command: "realitygap train g.yaml", versions: ["realitygap": "0.1"]))
    let names = ["train/loss", "train/images_per_second", "validation/corrected/mse"]
    try store.record(
      metrics: stride(from: 10, through: 40, by: 10).flatMap { step in
        names.map {
          MetricValue(
            step: step, name: $0, value: $0 == names[0] && step > 10 ? .nan : 1 / Double(step))
        }
      }, run: id)
    try store.record(
      artifact: Artifact(path: "/lab/out/g.h5", kind: "corrector", sha256: "g1"), run: id)
    try store.record(notes: ["1 file left out"], dataset: "images", run: id)
    try store.record(
      leftOut: ["images", "validation"].map {
        LeftOutItem(dataset: $0, item: "bad_1.jpg", reason: "not a JPEG file")
      }, run: id)
    try store.finishRun(id, status: .finished)
    let run = try #require(try store.run(id))
    func page() throws -> ReportBundle {
      try TrainingPage(run, store: store, workingFolder: "/lab")
        .bundle(command: "c", stem: "run-\(id)", templates: try ReportTemplates())
    }
    let bundle = try page()
    #expect(bundle.markdown.hasPrefix("# Training run \(id): g\n"))
    #expect(
      bundle.files.map(\.name) == [
        "run-\(id)-training-\(id)-losses.svg", "run-\(id)-training-\(id)-validation.svg",
      ])
    for row in [
      "| validation/corrected/mse | a | 0.1 | 0.1 | 0.1 | 0.1 | 10 |",
      "| validation/corrected/mse | b | 0.05 | 0.025 | 0.05 | 0.025 | 40 |",
      // Its report averaged over both phases.
      "| train/images_per_second | – | 0.05 | 0.05 | 0.05 | 0.05 | 20 |",
      "images trained on (median), phase b",
    ] { #expect(bundle.markdown.contains(row), "\(row)") }
    #expect(bundle.markdown.contains("Values without a phase are means over the end of one phase"))
    #expect(bundle.markdown.contains("| corrector | out/g.h5 | `g1` |"))
    #expect(bundle.markdown.contains("```json\n{"))
    let leftOut = """
      - images: 1 file left out
      - 2 photos could not be used; those in the training set were replaced by others
        - images: `bad_1.jpg`: not a JPEG file
        - validation: `bad_1.jpg`: not a JPEG file

      """
    #expect(bundle.markdown.contains("## Notes on the data\n\n\(leftOut)"))
    #expect(bundle.tables.map(\.name) == ["training-\(id)", "throughput"])
    #expect(try page().markdown == bundle.markdown)
    // A corrector that it made shows its curves in the experiment's report.
    try scenario.add(.distorted, [[0, 0], [7, 7], [7, 7], [7, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 7], [0, 0], [7, 7]])
    let report = try self.bundle(scenario)
    #expect(report.files.map(\.name).contains("mine-training-\(id)-losses.svg"))
    #expect(report.markdown.contains("Run \(id), g (finished)."))
    #expect(report.markdown.contains(leftOut))
  }

  @Test("names of files are made of plain letters")
  func stems() {
    #expect(FileStem.of("ResNet50, prints 5in") == "ResNet50-prints-5in")
    #expect(FileStem.of("../../etc") == "-..-etc")
    #expect(FileStem.of("ŷ") == "report" && FileStem.of("") == "report")
  }
}
