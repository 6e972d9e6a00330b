import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Support
import Tracking

/// `realitygap compare`: runs, evaluations or correctors side by side.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "What differs between runs, evaluations or correctors, and which is better.",
    discussion: """
      Compares every subject with the first: settings, training metrics, top-1 on the same images \
      and draws with intervals and p-values, classes, images fixed and broken, agreement. Prints \
      tables; --output writes a page with plots and pictures. No predictions are computed: \
      evaluate first.

      Only evaluations that differ are compared, on the images and draws that both have: the first 10 \
      of 50 draws are the 10 of another evaluation with the same seed. If there are none, the page \
      says why, and the exit status is still 0.

      --json has the tables as lists of objects (subjects, configuration, metrics, repeats, cells, remarks, \
      classes, images, agreement), verdicts (sentences), and verdict: comparable (true or false), \
      basis (the pairs of evaluations compared, each with images, draws, pairs and whether it is \
      partial), reasons (why others are not, one line each), and subjects: the same for each subject \
      after the first, with outcome (better, worse, mixed, undecided, equal, repetition or \
      not_comparable) and sentence. A number that is not finite is null.
      """)

  @Argument(
    help: ArgumentHelp(
      "Two or more: a run (3 or run:3), an evaluation (evaluation:12), or a corrector's file.",
      valueName: "subject"))
  var subjects: [String]

  @Option(
    help: ArgumentHelp(
      "Write the page with plots and pictures to this folder.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print the cells side by side as CSV.")
  var csv = false

  @Flag(help: "Also list settings that are the same.")
  var all = false

  @Option(help: "Show at most this many fixed and this many broken images per comparison.")
  var pictures = 6

  @Option(
    help: ArgumentHelp("A folder with your own comparison.mustache.", valueName: "folder"),
    completion: .directory)
  var templates: String?

  @OptionGroup var database: DatabaseOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard subjects.count > 1 else {
      throw ValidationError("\(subjects.first ?? ""): give two or more subjects to compare")
    }
    try check("pictures", pictures, in: 0...100)
    guard [output != nil, json, csv].count(where: { $0 }) <= 1 else {
      throw ValidationError("give only one of --output, --json and --csv")
    }
  }

  func run() throws {
    let store = try database.openToRead()
    let templates = try ReportTemplates(folder: templates)
    if let output {
      let probe = "\(output)/.compare"
      try AtomicFile.makeFolder(of: probe)
      try AtomicFile.check(probe)
    }
    let page = try ComparisonPage(
      try SubjectFinder(store: store)(subjects), store: store, pictures: pictures,
      allSettings: all)
    if let output {
      let bundle = try page.bundle(command: Surroundings.command, templates: templates) {
        try compute.corrector($0, compute.makeContext())
      }
      print(try bundle.write(to: output).joined(separator: "\n"))
    } else if json {
      print(try page.json, terminator: "")
    } else if csv {
      print(page.csv, terminator: "")
    } else {
      let text = Terminal.set(whole: "--json or --output") { page.text }
      print(Terminal.fitted(text), terminator: "")
    }
  }
}
