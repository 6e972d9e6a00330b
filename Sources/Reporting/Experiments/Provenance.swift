import Evaluation
import Support
import Tracking

/// The provenance of a report's numbers: every file by its SHA-256, and how it was run.
struct Provenance {
  let results: ExperimentResults
  /// Paths below it are written relative to it.
  let workingFolder: String

  private var evaluations: [EvaluationRecord] { results.evaluations }

  private func shown(_ path: String) -> String { Self.shown(path, workingFolder) }

  /// A path as a reader of the repository knows it.
  static func shown(_ path: String, _ workingFolder: String) -> String {
    path.hasPrefix(workingFolder + "/") ? String(path.dropFirst(workingFolder.count + 1)) : path
  }

  /// The different values of a property, in order of appearance.
  private func different<Value: Hashable>(_ value: (EvaluationRecord) -> Value?) -> [Value] {
    evaluations.compactMap(value).distinct
  }

  /// Files with digests.
  var files: Table {
    let experiment = [
      "experiment \(results.experiment.name)", shown(results.experiment.file),
      Markdown.code(results.experiment.digest),
    ]
    let weights = different { evaluation in
      let source = evaluation.weightsSource.isEmpty ? "" : " (\(evaluation.weightsSource))"
      return [
        (evaluation.isImported ? "predictions " : "weights ") + evaluation.model,
        shown(evaluation.weightsPath) + source,
        Markdown.code(evaluation.weightsSHA256),
      ]
    }
    let datasets = different { evaluation in
      let count = Numbers.count(evaluation.itemCount)
      return [
        "dataset \(evaluation.dataset)",
        "\(shown(evaluation.datasetPath)) (\(evaluation.datasetKind), \(count) images)",
        "\(Markdown.code(evaluation.datasetFingerprint)) (fingerprint)",
      ]
    }
    let correctors =
      results.rows.compactMap { row -> [String]? in
        guard let evaluation = row.result(.corrected)?.evaluation,
          let digest = evaluation.correctorSHA256
        else { return nil }
        let run = evaluation.correctorRunID.map { " (training run \($0))" } ?? ""
        return [
          (["corrector"] + [row.corrector].compactMap { $0 }).joined(separator: " "),
          (evaluation.correctorPath.map(shown) ?? "unknown") + run, Markdown.code(digest),
        ]
      }.distinct
    return Table(
      columns: ["what", "file", "SHA-256"], labels: 3,
      rows: [experiment] + weights + datasets + correctors)
  }

  /// Settings and surroundings.
  var settings: Table {
    var table = Table(columns: ["", ""], labels: 2)
    func add(_ name: String, _ values: [String]) {
      if !values.isEmpty { table.append([name, values.joined(separator: "; ")]) }
    }
    add("distortion", different { $0.distortion })
    add("seed", different { $0.seed.map { "\(UInt64(bitPattern: $0))" } })
    add("draws per image, distorted", different { $0.seed == nil ? nil : "\($0.draws)" })
    add("limit on images", results.experiment.limit.map { [Numbers.count($0)] } ?? [])
    add("engine", different { "\($0.engine) (\($0.engineVersion))" })
    add("precision", different { $0.isImported ? nil : $0.precision })
    add("threads", different { $0.isImported ? nil : "\($0.threads)" })
    add("versions", results.runs.map { Self.versions($0.versions) }.distinct)
    add("commit", results.runs.compactMap(\.sourceCommit).distinct)
    add("host", results.runs.map(\.host).distinct)
    add("started", results.runs.map(\.startedAt).min().map { [$0] } ?? [])
    add("finished", evaluations.compactMap(\.finishedAt).max().map { [$0] } ?? [])
    return table
  }

  /// The commands of the runs, as they were typed.
  var commands: String {
    results.runs.map(\.command).filter { !$0.isEmpty }.distinct.joined(separator: "\n")
  }

  /// A stored object of versions in words; anything else as it is stored.
  static func versions(_ json: String) -> String {
    guard case .object(let values) = JSONValue(json: json) else { return json }
    return values.sorted { $0.key < $1.key }.map { "\($0.key) \(RunColumn.text($0.value))" }
      .joined(separator: ", ")
  }
}
