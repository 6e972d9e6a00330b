import Support

/// The phases of a training run: which of its steps belong to which.
///
/// What a phase minimises is its own, so that a value of one phase says nothing beside a value of
/// another under the same name.
public struct TrainingPhases: Sendable, Equatable {
  /// Steps with one set of losses.
  public struct Phase: Sendable, Equatable {
    /// Unlike the name of any other phase of the run.
    public let name: String
    /// Counted from 1, over all phases of the run.
    public let steps: ClosedRange<Int>
    /// Weights by the losses' names; `nil` where the run's configuration does not have them.
    public let losses: JSONValue?
  }

  /// In the order of their steps; those without steps are left out.
  public let phases: [Phase]

  /// - Parameter parts: name and number of steps of each phase. A name that was there before gets
  ///   a number: `detail`, `detail (2)`.
  public init(_ parts: [(name: String, steps: Int)]) {
    self.init(weighted: parts.map { ($0.name, $0.steps, nil) })
  }

  /// The phases of a run as its stored configuration has them; none where it cannot be read, or says
  /// nothing of them.
  public init(configuration json: String) {
    let phases = TrainingRunConfiguration(json: json)?.phases ?? []
    self.init(weighted: phases.map { ($0.name, $0.steps, $0.losses) })
  }

  private init(weighted parts: [(name: String, steps: Int, losses: JSONValue?)]) {
    var phases: [Phase] = []
    var names: Set<String> = []
    var start = 0
    for (name, steps, losses) in parts {
      var unique = name
      var number = 1
      while !names.insert(unique).inserted {
        number += 1
        unique = "\(name) (\(number))"
      }
      guard steps > 0 else { continue }
      phases.append(Phase(name: unique, steps: start + 1...start + steps, losses: losses))
      start += steps
    }
    self.phases = phases
  }

  /// The phase of a step; `nil` beyond the last, and where no phases are known.
  public func phase(ofStep step: Int) -> Phase? { phases.first { $0.steps.contains(step) } }

  /// Values that were stored without a phase, with the one that they belong to.
  ///
  /// A training metric is a mean over the steps since the report before. Where a phase begins in
  /// between, its value is a mixture, which belongs to no phase.
  func assigned(_ values: [MetricValue]) -> [MetricValue] {
    guard !phases.isEmpty, values.contains(where: { $0.phase == nil }) else { return values }
    let means = values.filter { $0.name.hasPrefix("train/") }
    let reports = Set(means.map(\.step)).sorted()
    let earlier = Dictionary(
      zip(reports, [0] + reports).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    let known = Dictionary(grouping: means, by: \.step).mapValues { Set($0.map(\.name)) }
    return values.map { value in
      guard value.phase == nil, let phase = phase(ofStep: value.step) else { return value }
      if value.name.hasPrefix("train/"), let before = earlier[value.step] {
        let begun = phases.count {
          before + 1 < $0.steps.lowerBound && $0.steps.lowerBound <= value.step
        }
        // A loss that the report before did not have is not one of the earlier phase's.
        let isNew = before > 0 && known[before]?.contains(value.name) != true
        if begun > 1 || begun == 1 && !isNew { return value }
      }
      return MetricValue(
        step: value.step, name: value.name, value: value.value, phase: phase.name)
    }
  }
}
