import ArgumentParser
import Evaluation
import Foundation
import Models
import NeuralNetworks
import Reporting
import Support

/// `realitygap ablate`: each stage and sampler of a corrector, other correctors for comparison, and
/// upper bounds with the true distortion known.
struct AblateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ablate",
    abstract: "Measure each stage and sampler of a corrector by agreement and error.")

  @Option(help: "The corrector G.", completion: .file(extensions: ["h5"]))
  var corrector: String

  @Option(
    help: """
      Another corrector to compare with, NAME=FILE, or FILE for the name in its training file; \
      repeatable.
      """)
  var variant: [String] = []

  @Option(help: "The Markdown file to write.", completion: .file(extensions: ["md"]))
  var output = "results/ablation.md"

  @OptionGroup var options: AgreementOptions

  func run() throws {
    try AtomicFile.makeFolder(of: output)
    try AtomicFile.check(output)
    let variants = try variant.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      let path = parts.last ?? text
      let notes = try CorrectorFile.notes(path)
      let own = notes["training_description"] ?? notes["training"] ?? path
      return (name: parts.count == 2 ? parts[0] : own, path: path)
    }
    let rows = try options.measure { machine in
      let loaded = try CorrectorFile.load(corrector)
      return [.distorted] + (try Self.stages(loaded, machine))
        + [try .canonical(through: loaded, on: machine)] + (try Self.ceilings(loaded, machine))
        + (try variants.map {
          try .corrector($0.name, try CorrectorFile.load($0.path), on: machine)
        })
    }
    let sources =
      [(what: "corrector", path: corrector), (what: "weights", path: options.weights)]
      + variants.map { (what: "variant \($0.name)", path: $0.path) }
    let photos = rows.first.map { "\($0.agreement.clusters) photos × \(options.draws) draws" } ?? ""
    let report = AblationReport(
      rows: Array(rows.dropLast(variants.count)), variants: rows.suffix(variants.count),
      photos: "\(photos) of \(options.images)",
      sources: try sources.map {
        AblationReport.Source(
          what: $0.what, path: $0.path, digest: try FileDigest.sha256(path: $0.path),
          origin: $0.path == options.weights ? "" : Self.origin(try CorrectorFile.notes($0.path)))
      }, command: Surroundings.command)
    try AtomicFile.write(report.markdown, to: output)
    print(Terminal.set(whole: output) { AgreementTable.table(rows).text }, terminator: "")
    StandardStreams.writeError("report: \(output)\n")
  }

  /// A short description of what a corrector was trained on.
  private static func origin(_ notes: [String: String]) -> String {
    guard let steps = notes["training_steps"], let samples = notes["training_samples"],
      let photos = notes["training_photos"]
    else { return notes["training"] ?? "" }
    return "\(steps) steps, \(samples) samples of \(photos) photos"
  }

  /// Every subset of the stages that the corrector has; with the transformer, each sampler at the
  /// predicted θ, and with a refinement the refined θ.
  private static func stages(
    _ corrector: Corrector, _ machine: Restoration.Machine
  ) throws -> [Restoration] {
    let stages = CorrectorConfiguration.Stage.allCases.filter(
      corrector.configuration.stages.contains)
    let subsets = (1..<(1 << stages.count)).map { bits in
      stages.indices.filter { bits >> $0 & 1 == 1 }.map { stages[$0] }
    }
    let transformer = corrector.configuration.stn
    return try subsets.sorted { $0.count < $1.count }.flatMap { subset -> [Restoration] in
      let name = subset.map(\.rawValue).joined(separator: " → ")
      guard subset.contains(.stn) else {
        return [try .corrector(name, corrector, on: machine, active: Set(subset))]
      }
      let whole = subset == stages ? " (G)" : ""
      let samplers = try Sampling.allCases.map { sampling in
        let isOwn = sampling == transformer.sampling && transformer.refinement == nil
        return try Restoration.corrector(
          "\(name), \(sampling.rawValue)\(isOwn ? whole : "")", corrector, on: machine,
          active: Set(subset), sampling: sampling, refines: false)
      }
      guard let refinement = transformer.refinement else { return samplers }
      return samplers + [
        try .corrector(
          "\(name), \(refinement.rawValue)\(whole)", corrector, on: machine, active: Set(subset))
      ]
    }
  }

  /// The upper bound with the true distortion known.
  private static func ceilings(
    _ corrector: Corrector, _ machine: Restoration.Machine
  ) throws -> [Restoration] {
    [try .corrector("G given the true θ", corrector, on: machine, knowsTheta: true)]
      + Sampling.allCases.map { .trueAffine($0, on: machine) }
      + [try .trueLattice(on: machine)]
      + Sampling.allCases.map { .trueAffine($0, on: machine, bestColor: true) }
      + [try .trueLattice(on: machine, bestColor: true)]
      + Sampling.allCases.map { .trueAffine($0, on: machine, isJittered: false) }
      + [try .trueLattice(on: machine, isJittered: false)]
      + [.colorAlone(repaired: false), .colorAlone(repaired: true)]
  }
}
