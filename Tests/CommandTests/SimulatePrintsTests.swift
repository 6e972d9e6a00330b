import Datasets
import Foundation
import Imaging
import Testing

@Suite("Simulated prints")
struct SimulatePrintsTests {
  let folder: TemporaryFolder
  private let set = Repository.path("Experiments/sample")

  init() throws { folder = try TemporaryFolder() }

  private func simulate(_ output: String, _ options: [String], size: String = "1.5in") throws
    -> Output
  {
    try Command.run(
      ["simulate-prints", "--data", set, "--output", output, "--size", size] + options, in: folder)
  }

  private func photos(_ set: String) throws -> [String: [UInt8]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("\(set)/images"))
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try folder.bytes("\(set)/images/\($0)")) })
  }

  @Test("the same bytes on any number of threads; a subset's photos are the set's; seeds differ")
  func determinism() throws {
    expectSuccess(try simulate("one", ["--limit", "4", "--threads", "1"]))
    expectSuccess(try simulate("three", ["--limit", "4", "--threads", "3"]))
    expectSuccess(try simulate("few", ["--limit", "2"]))
    expectSuccess(try simulate("other", ["--limit", "2", "--seed", "7"]))
    let all = try photos("one")
    #expect(all.count == 4)
    #expect(try photos("three") == all)
    for file in ["labels.csv", "manifest.json"] {
      #expect(try folder.bytes("three/\(file)") == folder.bytes("one/\(file)"))
    }
    let few = try photos("few")
    #expect(few.count == 2)
    for (name, bytes) in few { #expect(all[name] == bytes) }
    for (name, bytes) in try photos("other") { #expect(all[name] != bytes) }
  }

  @Test("a set is read like any printed-photo set, and says that it is simulated")
  func readBack() throws {
    let output = try simulate(
      "prints", ["--limit", "3", "--contact-sheet", "sheet.jpg", "--size", "5in"])
    expectSuccess(output)
    #expect(output.lines == ["prints/printed-1.5in", "prints/printed-5in"])
    let source = try LabelledDataset(name: "s", path: set).limited(to: 3, seed: 2020)
    #expect(!source.isSimulated)
    for (name, inches) in [("printed-1.5in", 1.5), ("printed-5in", 5.0)] {
      let printed = try LabelledDataset(name: name, path: folder.file("prints/\(name)"))
      #expect(printed.isSimulated && printed.items.allSatisfy { $0.orientation == .upright })
      #expect(printed.items.map(\.name) == source.items.map(\.name))
      #expect(printed.items.map(\.label) == source.items.map(\.label))
      let manifest = try #require(
        JSONSerialization.jsonObject(
          with: Data(folder.bytes("prints/\(name)/manifest.json"))) as? [String: Any])
      #expect(manifest["simulated"] as? Bool == true && manifest["seed"] as? Int == 2020)
      #expect(manifest["inches"] as? Double == inches && manifest["format"] as? Int == 1)
      #expect((manifest["source"] as? [String: String])?["fingerprint"] == source.fingerprint)
      let files = try #require(manifest["files"] as? [String: [String: Double]])
      // Each photo can be made again from the manifest.
      for item in source.items {
        let data = try JSONEncoder().encode(try #require(files[item.name]))
        let parameters = try JSONDecoder().decode(PrintParameters.self, from: data)
        let center = try item.photo.decoded().center256
        let photo = try PrintSimulator(parameters).file(of: center)
        #expect(try photos("prints/\(name)")[item.name] == photo)
      }
    }
    let sheet = try JPEG.decode(folder.bytes("sheet.jpg"), name: "sheet.jpg").image
    // Headings above, and a name above each row.
    #expect(sheet.width == 3 * 256 + 4 * 4 && sheet.height == 28 + 3 * (20 + 256 + 4))
    let run = try Sample.run(
      ["--data", "sample=\(folder.file("prints/printed-1.5in"))", "--draws", "1"], in: folder)
    expectSuccess(run)
    #expect(run.text.contains("SqueezeNet"))
  }

  @Test("a killed run leaves nothing that looks like a set, and can be run again")
  func killed() throws {
    let command = try Command(
      [
        "simulate-prints", "--data", set, "--output", "prints", "--size", "5in", "--threads", "1",
      ], in: folder)
    let images = folder.file("prints/images")
    while command.isRunning,
      (try? FileManager.default.contentsOfDirectory(atPath: images).isEmpty) ?? true
    { usleep(2000) }
    command.send(SIGKILL)
    #expect(try command.finish().status == 128 + SIGKILL)
    let error = #expect(throws: (any Error).self) {
      try LabelledDataset(name: "s", path: folder.file("prints"))
    }
    #expect("\(try #require(error))".contains("not a set of labelled images"))
    expectSuccess(try simulate("prints", ["--limit", "1"]))
    #expect(try LabelledDataset(name: "s", path: folder.file("prints")).items.count == 1)
  }

  @Test(
    "wrong usage is exit 64 and names the option",
    arguments: [
      ["--size", "large"], ["--size", "0in"], ["--size", "90in"], ["--size", "-1in"], [],
      ["--size", "2in", "--size", "2"], ["--size", "2in", "--limit", "0"],
      ["--size", "2in", "--threads", "0"],
    ])
  func wrongUsage(options: [String]) throws {
    let output = try Command.run(
      ["simulate-prints", "--data", set, "--output", "o"] + options, in: folder)
    #expect(output.status == 64, "\(output.errors)")
    #expect(output.errors.contains(options.dropLast().last ?? "--size"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("o")))
  }

  @Test("what cannot be used is one line that names it")
  func badInput() throws {
    func simulate(_ data: String, _ options: [String] = []) throws -> Output {
      try Command.run(
        ["simulate-prints", "--data", data, "--output", "o", "--size", "1.5in"] + options,
        in: folder)
    }
    expectFailure(try simulate("nowhere"), "nowhere", "no such file")
    try folder.add("bad.yaml", "version: 1\nfill: 9\n")
    expectFailure(try simulate(set, ["--recipe", "bad.yaml"]), "bad.yaml:2: fill", "0.2 to 2.0")
    expectFailure(try simulate(set, ["--recipe", "none.yaml"]), "none.yaml")
    expectFailure(try simulate(set, ["--contact-sheet", "no/s.jpg"]), "no/s.jpg")
    try folder.add("o/labels.csv", "file,label\n")
    expectFailure(try simulate(set), "o: already holds a set")
    try folder.add("broken/a.jpg", "no photo")
    try folder.add("broken/labels.csv", "a.jpg,1\n")
    let broken = try Command.run(
      ["simulate-prints", "--data", "broken", "--output", "p", "--size", "2in"], in: folder)
    expectFailure(broken, "broken: its only photo cannot be used", afterProgress: true)
    #expect(broken.errors.contains("left out: broken/a.jpg: not a JPEG"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("p/labels.csv")))
  }

  @Test("a photo that cannot be used is left out by name, and the set knows; --strict ends at it")
  func badPhoto() throws {
    let photo = try Repository.bytes("Experiments/sample/images/imagenet_00_243.jpg")
    try folder.add("set/a.jpg", "no photo")
    try folder.add("set/b.jpg", photo)
    try folder.add("set/labels.csv", "a.jpg,1\nb.jpg,243\n")
    func simulate(_ output: String, _ options: [String] = []) throws -> Output {
      try Command.run(
        ["simulate-prints", "--data", "set", "--output", output, "--size", "1.5in"] + options,
        in: folder)
    }
    let output = try simulate("prints", ["--size", "5in", "--contact-sheet", "sheet.jpg"])
    expectSuccess(output)
    #expect(output.errorLines.filter { $0.hasPrefix("left out: set/a.jpg: not a JPEG") }.count == 1)
    #expect(output.errors.contains("1 left out"))
    let set = try LabelledDataset(name: "s", path: folder.file("prints/printed-5in"))
    #expect(set.items.map(\.name) == ["b.jpg"] && set.items.map(\.label) == [243])
    #expect(set.notes == ["1 photo had been left out when the set was made"])
    expectFailure(
      try simulate("strict", ["--strict"]), "set/a.jpg: not a JPEG", "drop --strict",
      afterProgress: true)
    #expect(!FileManager.default.fileExists(atPath: folder.file("strict/labels.csv")))
  }

  @Test("distort draws and replays prints as it does other distortions")
  func distort() throws {
    for preset in ["print", "paper+blur"] {
      let drawn = try Command.run(
        [
          "distort", Repository.photo, "--output", "x.ppm", "--seed", "4", "--preset", preset,
        ], in: folder)
      expectSuccess(drawn)
      try folder.add("p.json", drawn.bytes)
      let replayed = try Command.run(
        ["distort", Repository.photo, "--output", "y.ppm", "--parameters", "p.json"], in: folder)
      #expect(replayed.bytes == drawn.bytes)
      #expect(try folder.bytes("x.ppm") == folder.bytes("y.ppm"))
    }
    expectFailure(
      try Command.run(
        ["distort", Repository.photo, "--output", "x.ppm", "--seed", "4", "--preset", "rain"],
        in: folder), "unknown distortion rain", "paper, paper+blur, print")
  }

  @Test("an experiment takes a preset or a file of one's own, and its cells tell them apart")
  func experiment() throws {
    let sample = Repository.path("Experiments/sample")
    func run(_ distortion: String) throws -> Output {
      try folder.add(
        "e.yaml",
        """
        version: 1
        name: e
        models: [squeezenet1_1]
        datasets: [{ name: sample, path: \(sample) }]
        conditions: [canonical, distorted]
        distortion: \(distortion)
        weights: \(sample)
        """)
      return try Command.run(
        ["run", "e.yaml", "--database", "r.sqlite", "--reports", "reports", "--limit", "3"],
        in: folder)
    }
    try folder.add("mine.yaml", "version: 1\nkind: affine\nrotation: [80, 90]\n")
    for distortion in ["print", "paper+blur", "mine.yaml"] { expectSuccess(try run(distortion)) }
    let names = try folder.rows(
      "r.sqlite",
      "SELECT DISTINCT distortion FROM evaluations WHERE distortion IS NOT NULL ORDER BY 1"
    ).map { $0[0] }
    #expect(names.count == 3 && names.contains("print") && names.contains("paper+blur"))
    #expect(names.contains { $0.hasPrefix("mine@") })
    expectFailure(try run("rain"), "e.yaml:6: distortion", "unknown distortion rain")
    expectFailure(try run("lost.yaml"), "lost.yaml")
  }

  @Test("--printed reads a photo as its set does: upright and cropped")
  func printed() throws {
    let photo = try Repository.bytes("Tests/ImagingTests/Fixtures/jpeg/orientation_6.jpg")
    try folder.add("set/images/a.jpg", photo)
    try folder.add("set/labels.csv", "file,label,left,top,right,bottom\na.jpg,1,1,2,7,10\n")
    let canonical = ["canonical", "set/images/a.jpg", "--output", "y.ppm", "--size", "256"]
    let output = try Command.run(canonical + ["--printed"], in: folder)
    expectSuccess(output)
    let set = try LabelledDataset(name: "s", path: folder.file("set"))
    let center = try #require(set.items.first).photo.decoded().center256
    #expect(try folder.bytes("y.ppm") == PPM.encode(center))
    expectSuccess(try Command.run(canonical, in: folder))
    #expect(try folder.bytes("y.ppm") != PPM.encode(center))
    expectSuccess(
      try Command.run(
        ["classify", "set/images/a.jpg", "--printed", "--weights", Repository.weights],
        in: folder))
    try folder.add("crop.ppm", PPM.encode(center))
    for (name, input) in [("a.ppm", ["crop.ppm"]), ("b.ppm", ["set/images/a.jpg", "--printed"])] {
      let corrector = Repository.path("Experiments/sample/corrector.h5")
      expectSuccess(
        try Command.run(
          ["correct", "--corrector", corrector, "--output", name] + input, in: folder))
    }
    #expect(try folder.bytes("b.ppm") == folder.bytes("a.ppm"))
    try folder.add("set/images/b.jpg", photo)
    expectFailure(
      try Command.run(
        ["canonical", "set/images/b.jpg", "--output", "y.ppm", "--printed"], in: folder),
      "b.jpg: not listed in")
    try folder.add("lone/b.jpg", photo)
    expectFailure(
      try Command.run(["canonical", "lone/b.jpg", "--output", "y.ppm", "--printed"], in: folder),
      "no labels.csv")
  }
}
