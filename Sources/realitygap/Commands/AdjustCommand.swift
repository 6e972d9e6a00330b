import ArgumentParser
import Models
import Support

/// `realitygap adjust`: a corrector that is applied otherwise.
struct AdjustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adjust",
    abstract: "Write a corrector that is applied otherwise: same parameters, other settings.",
    discussion: """
      Settings are those of training files that are no part of a network: stn.sampling, \
      stn.refinement, stn.tolerance, stn.photo_filter, color.tolerance; null takes one away, e.g.

        realitygap adjust G.h5 --set stn.refinement=null --set stn.tolerance=4 --output other.h5
      """)

  @Argument(help: "The corrector.", completion: .file(extensions: ["h5"]))
  var corrector: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("A setting and its new value; repeatable.", valueName: "stage.key=value"))
  var settings: [String]

  @Option(help: "The file to write.", completion: .file(extensions: ["h5"]))
  var output: String

  func run() throws {
    let known = try CorrectorFile.load(corrector)
    var configuration = known.configuration
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      let path = (parts.first ?? "").split(separator: ".")
      guard parts.count == 2, path.count == 2 else {
        throw ValidationError("--set \(setting): must be stage.key=value")
      }
      let yaml = try YAMLReader(
        text: "\(path[0]): {\(path[1]): \(parts[1])}", file: "--set \(setting)")
      configuration = try configuration.changing(yaml)
    }
    let adjusted = try Corrector(configuration, seed: 0)
    _ = try adjusted.adopt(known)
    var notes = try CorrectorFile.notes(corrector)
    notes["adjusted_from"] = try FileDigest.sha256(path: corrector)
    try CorrectorFile.write(adjusted, to: output, notes: notes)
    print(output)
  }
}
