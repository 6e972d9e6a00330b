import Evaluation
import Support
import Tracking

/// What an experiment measured, in words made from the data: its file gives its name, not its
/// results.
struct ExperimentData {
  let results: ExperimentResults

  private var experiment: Experiment { results.experiment }
  private var evaluations: [EvaluationRecord] { results.evaluations }

  /// `Table 1: ResNet50 and VGG11 on 50,000 images of imagenet, canonical and distorted`. It says so
  /// where photographs of prints are simulated ones: `Table 2 (simulated prints): …`.
  var title: String {
    let known = evaluations
    let models = known.map(\.model).distinct
    let conditions = experiment.conditions.filter { condition in
      known.contains { $0.condition == condition }
    }
    return Self.title(
      name, models: models.isEmpty ? experiment.models : models,
      sets: experiment.datasets.map { ($0.name, images($0.name)) },
      conditions: conditions.isEmpty ? experiment.conditions : conditions)
  }

  /// A title of an experiment's name, models, sets with their numbers of images, and conditions.
  static func title(
    _ name: String, models: [String], sets: [(name: String, images: String?)],
    conditions: [Condition]
  ) -> String {
    let about = sets.enumerated().map { index, set in
      guard let images = set.images else { return set.name }
      return index == 0 ? "\(images) images of \(set.name)" : "\(images) of \(set.name)"
    }
    let what = "\(list(models.map(ModelNames.title))) on \(list(about))"
    let separator = name.contains(": ") ? ", " : ": "
    return "\(name)\(separator)\(what), \(list(conditions.map(\.rawValue)))"
  }

  /// How many images there are of each set, how many were asked for, and how they were distorted;
  /// empty before anything is evaluated.
  var summary: String {
    let sets = experiment.datasets.compactMap { dataset -> String? in
      guard let images = images(dataset.name) else { return nil }
      let simulated = results.simulated.contains(dataset.name) ? "simulated " : ""
      return "\(images) \(simulated)images of \(dataset.name)"
    }
    guard !sets.isEmpty else { return "" }
    let limit =
      experiment.limit.map { " (at most \(Numbers.count($0)) of each set: --limit)" } ?? ""
    return (["Measured on \(Self.list(sets))\(limit)."] + distortions).joined(separator: " ")
  }

  private var distortions: [String] {
    evaluations.compactMap { cell -> String? in
      guard let distortion = cell.distortion, let seed = cell.seed else { return nil }
      return "Distorted images: \(Numbers.draws(cell.draws)) of each by the distortion "
        + "\(distortion) with seed \(UInt64(bitPattern: seed))."
    }.distinct
  }

  private var name: String {
    let name = experiment.title
    guard !results.simulated.isEmpty else { return name }
    let isWhole = experiment.datasets.map(\.name).allSatisfy(results.simulated.contains)
    let mark = isWhole ? "(simulated prints)" : "(partly simulated prints)"
    guard let colon = name.firstRange(of: ": ") else { return "\(name) \(mark)" }
    return "\(name[..<colon.lowerBound]) \(mark)\(name[colon.lowerBound...])"
  }

  /// `20`, or `10/20` where cells differ; `nil` before any is finished.
  private func images(_ dataset: String) -> String? {
    let counts = Set(evaluations.filter { $0.dataset == dataset }.map(\.itemCount)).sorted()
    return counts.isEmpty ? nil : counts.map(Numbers.count).joined(separator: "/")
  }

  /// `a, b and c`.
  static func list(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.joined() }
    return "\(words.dropLast().joined(separator: ", ")) and \(last)"
  }
}
