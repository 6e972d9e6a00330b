import ArgumentParser
import Datasets
import Foundation
import Imaging
import Support
import Tensors
import Tracking

/// `realitygap simulate-prints`: printed-photo sets without printer, paper and camera.
struct SimulatePrintsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate-prints",
    abstract: "Simulate printing and photographing a labelled set.",
    discussion: """
      Writes a folder that is read like photographs of real prints: images/, labels.csv, and \
      manifest.json with every sampled parameter; reports say that such a set is simulated. With \
      several sizes, each gets its own folder in --output: printed-1.5in, printed-5in.

      The recipe calibrated leaves a classifier as much as the paper's prints do; mild is kinder. \
      One of your own is a YAML file that overrides ranges of calibrated, or of the one that its key \
      recipe names, e.g.

        version: 1
        tilt_x: [-20, 20]
        temperature: 2700
      """)

  @Option(help: ArgumentHelp("Side of the prints, e.g. 1.5in; repeatable.", valueName: "inches"))
  var size: [String] = []

  @Option(help: ArgumentHelp("The labelled set to print.", valueName: "path"))
  var data: String

  @OptionGroup var classes: ClassOptions

  @Option(help: "The folder to write to.", completion: .directory)
  var output: String

  @Option(help: "Seed of all random numbers.")
  var seed: UInt64 = 2020

  @Option(
    help: "How it is printed and photographed: calibrated, mild, or a YAML file.",
    completion: .file(extensions: ["yaml"]))
  var recipe = PrintRecipe.standard

  @Option(help: "Only this many images, chosen by the seed.")
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Also write a contact sheet of the first images and their prints.", valueName: "file"),
    completion: ImageOutput.completion, transform: ImageOutput.init)
  var contactSheet: ImageOutput?

  @Flag(help: "Stop at the first unusable photo.")
  var strict = false

  @Option(help: "Threads (default: what affinity, control groups and Slurm allow).")
  var threads: Int?

  func validate() throws {
    guard !size.isEmpty else { throw ValidationError("give --size, e.g. --size 1.5in") }
    let sides = try size.map(Self.inches)
    guard Set(sides).count == sides.count else {
      throw ValidationError("--size: the same size is given twice")
    }
    try check("limit", limit, from: 1)
    try check("threads", threads, in: 1...1024)
    try check(seed: seed)
  }

  func run() throws {
    var set = try source()
    if let limit { set = set.limited(to: limit, seed: seed) }
    let recipe = try PrintRecipe.named(recipe)
    try contactSheet?.check()
    let progress = Progress()
    set.notes.forEach(progress.note)
    let sheet = try write(set, recipe, progress)
    try contactSheet?.write(sheet.image, quality: 88)
  }

  /// Makes the sets.
  ///
  /// - Returns: for the contact sheet, the first images with their prints.
  private func write(
    _ set: LabelledDataset, _ recipe: PrintRecipe, _ progress: Progress
  ) throws -> ImageSheet {
    var sheet = ImageSheet(columns: ["canonical y"], strips: [])
    let total = size.count * set.items.count
    for (position, text) in size.enumerated() {
      let name = "printed-\(Self.plain(try Self.inches(text)))in"
      let folder = size.count == 1 ? output : "\(output)/\(name)"
      let prints = SimulatedPrintSet(
        set, inches: try Self.inches(text), recipe: recipe, seed: seed)
      var row = 0
      let faults = PhotoFaults(isStrict: strict)
      try prints.write(
        to: folder, threads: threads ?? AvailableProcessors.count,
        program: "realitygap \(Surroundings.version)", faults: faults
      ) { index, result in
        // The same photos fail at every size.
        if case .failure(let error) = result, position == 0 {
          progress.note("left out: \(error.description)")
        }
        let failed = faults.leftOut.count
        progress.show(
          name, done: position * set.items.count + index + 1, of: total, unit: "prints",
          extra: failed > 0 ? ", \(failed) left out" : "")
        guard contactSheet != nil, row < Self.sheetRows, case .success(let print) = result else {
          return
        }
        if position == 0 {
          sheet.strips.append(.init(name: set.items[index].name, images: [print.canonical]))
        }
        guard sheet.strips.indices.contains(row) else { return }
        sheet.strips[row].images.append(
          CanonicalTransform.center256(try RGBImage(print.file, name: folder)))
        row += 1
      }
      if position == 0 {
        for note in DataNote.damaged(faults.damaged).forReading { progress.note(note.text) }
      }
      sheet.columns.append("\(Self.plain(try Self.inches(text)))in print")
      print(folder)
    }
    return sheet
  }

  private static let sheetRows = 6

  /// `--data PATH`, or `NAME=PATH` as other commands take it.
  private func source() throws -> LabelledDataset {
    guard !FileManager.default.fileExists(atPath: data), data.contains("=") else {
      return try LabelledDataset(name: "source", path: data, classes: classes.list())
    }
    return try LabelledDataset(option: data, classes: classes.list())
  }

  private static func inches(_ text: String) throws -> Double {
    let number = text.hasSuffix("in") ? String(text.dropLast(2)) : text
    guard let inches = Double(number), PrintParameters.sizes.contains(inches) else {
      throw ValidationError(
        "--size \(text): must be \(plain(PrintParameters.sizes.lowerBound))in to "
          + "\(plain(PrintParameters.sizes.upperBound))in")
    }
    return inches
  }

  /// A number without a needless `.0`.
  private static func plain(_ inches: Double) -> String {
    Int(exactly: inches).map(String.init) ?? "\(inches)"
  }
}
