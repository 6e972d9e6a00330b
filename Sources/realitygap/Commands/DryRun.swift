import Datasets
import Evaluation
import Foundation
import Models
import Support
import Tracking

/// What `--dry-run` checks before planning: everything that an experiment needs.
struct DryRun {
  let experiment: Experiment
  let options: ExperimentOptions

  /// - Throws: `UserError` naming everything missing or unusable, after one line each saying what to
  ///   do.
  func check() throws {
    var missing = weights
    do {
      missing += datasets(try experiment.classList())
    } catch {
      // Their images cannot be looked at without it.
      missing.append((experiment.classes ?? "classes", Self.userError(error, of: "classes")))
    }
    missing += correctors + database
    guard !missing.isEmpty else { return }
    for (_, problem) in missing { print("missing  \(problem)") }
    let names = missing.map(\.name).joined(separator: ", ")
    throw UserError("\(experiment.name): missing \(names)", remedy: "see the lines above")
  }

  /// A short name and the problem.
  private typealias Missing = (name: String, problem: UserError)

  private var weights: [Missing] {
    let folder = Self.weightsFolder(experiment)
    return experiment.models.filter { experiment.external($0) == nil }.compactMap { model in
      Self.problem("\(folder)/\(model).h5") { _ = try Self.weights(of: model, in: folder) }
    }
  }

  private func datasets(_ classes: ClassList) -> [Missing] {
    experiment.datasets.compactMap { dataset in
      Self.problem("dataset \(dataset.name)") {
        guard let path = dataset.path else {
          throw UserError(
            "\(dataset.name): no path given for this dataset",
            remedy: "give --data \(dataset.name)=PATH")
        }
        _ = try LabelledDataset(name: dataset.name, path: path, classes: classes)
      }
    }
  }

  private var correctors: [Missing] {
    (experiment.corrector?.files ?? []).compactMap { corrector in
      Self.problem(corrector.path) { _ = try CorrectorFile.load(corrector.path) }
    }
  }

  private var database: [Missing] {
    let folder = URL(fileURLWithPath: options.database).deletingLastPathComponent().path
    guard !FileManager.default.fileExists(atPath: folder) else { return [] }
    let problem = UserError(
      "\(options.database): its folder \(folder) does not exist", remedy: "create it first")
    return [(options.database, problem)]
  }

  private static func problem(_ name: String, _ look: () throws -> Void) -> Missing? {
    do {
      try look()
      return nil
    } catch {
      return (name, userError(error, of: name))
    }
  }

  private static func userError(_ error: any Error, of name: String) -> UserError {
    error as? UserError ?? UserError("\(name): \(error)")
  }

  /// Where the weights of an experiment's models are looked for.
  static func weightsFolder(_ experiment: Experiment) -> String { experiment.weights ?? "weights" }

  /// The file of a model's weights.
  ///
  /// - Throws: `UserError` with what to do when it is not there.
  static func weights(of model: String, in folder: String) throws -> String {
    let path = "\(folder)/\(model).h5"
    guard FileManager.default.fileExists(atPath: path) else {
      let file = try Architecture.named(model).publishedFile
      throw UserError(
        "\(path): no weights for \(model)",
        remedy: "convert torchvision's \(file) with `realitygap import \(file) --output "
          + "\(path)`, pass --weights DIR, or leave the model out with --models")
    }
    return path
  }
}
