import ArgumentParser
import Datasets
import Evaluation
import Support
import Tracking
import Training

/// `realitygap schema`: the keys of the files that the program reads.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the keys of a kind of file as JSON Schema.",
    discussion: """
      Editors complete and check YAML by it, e.g. with this first line in a training file, after
      `realitygap schema train > train.schema.json`:

        # yaml-language-server: $schema=train.schema.json

      The program checks files by the same declarations. The reference for people is \
      Documentation/Keys.md.
      """)

  enum File: String, CaseIterable, ExpressibleByArgument {
    case train, sweep, experiment, tables, distortion, prints, set

    var schemas: [SettingsSchema] {
      switch self {
      case .train: [TrainingConfiguration.schema]
      case .sweep: [Sweep.schema]
      case .experiment: [Experiment.schema]
      case .tables: [PublishedTables.schema]
      case .distortion: Distortion.schemas
      case .prints: [PrintRecipe.schema]
      case .set: [SetDescription.schema]
      }
    }
  }

  @Argument(
    help: "The kind of file: \(File.allCases.map(\.rawValue).joined(separator: ", ")).")
  var file: File?

  @Flag(help: "Print tables in Markdown, of all kinds of files where none is named.")
  var markdown = false

  private static let introduction = """
    # Keys of files

    Every key that a file may have, made by `realitygap schema --markdown` from the declarations by which
    files are checked. `realitygap schema train` and so on give them as JSON Schema, for editors.

    A training or experiment file may begin with `extends: other.yaml` and then says only what it changes:
    keys and values are merged at every depth, anything else takes the other's place as a whole, `null`
    takes away what need not be. Parts of a list that have names, such as phases, are changed by them:
    `phases: { detail: { steps: 5000 } }`. `train --set phases.detail.steps=5000` does the same from the
    command line.


    """

  func validate() throws {
    if file == nil, !markdown {
      throw ValidationError("name a kind of file, or ask for --markdown")
    }
  }

  func run() throws {
    let schemas = (file.map { [$0] } ?? File.allCases).flatMap(\.schemas)
    if markdown {
      print(
        Self.introduction + schemas.map { $0.reference(level: 2) }.joined(separator: "\n"),
        terminator: "")
    } else {
      let objects = schemas.map(\.jsonSchema)
      print(
        try (objects.count == 1 ? objects[0] : .object(["anyOf": .list(objects)])).lines())
    }
  }
}
