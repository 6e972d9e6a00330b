import ArgumentParser
import Evaluation
import Foundation
import Models
import Reporting

/// `realitygap agreement`: how much of a network's opinion a corrector restores, without labels.
struct AgreementCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agreement",
    abstract: "How often a network's top-1 on corrected photos is its top-1 on canonical ones.",
    discussion: """
      Prints, for the distorted photos, for the corrected ones and for canonical ones put through \
      the corrector: agreement in percent with its 95 % interval (clustered by photo), the mean \
      squared error against the canonical pixels (0 to 1), and that over the distorted images' own.
      """)

  @Option(help: "The corrector G; without it, the distorted photos alone.")
  var corrector: String?

  @OptionGroup var options: AgreementOptions

  @Flag(help: "Print one JSON object a line instead of a table.")
  var json = false

  func run() throws {
    let rows = try options.measure { tape in
      let distorted = Restoration.distorted(tape)
      guard let path = corrector else { return [distorted] }
      let corrector = try CorrectorFile.load(path)
      return [
        distorted, .corrector("corrected", corrector, tape),
        .canonical(through: corrector, tape),
      ]
    }
    if json {
      for row in rows { print(try AgreementTable.json(row)) }
    } else {
      print(AgreementTable.table(rows).text, terminator: "")
    }
  }
}
