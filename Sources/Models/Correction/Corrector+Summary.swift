extension Corrector {
  /// What it is made of, e.g. `stn → unet, 31043521 parameters`.
  public var summary: String {
    let stages = configuration.orderedStages.map(\.rawValue).joined(separator: " → ")
    let count = parameters.parameters.reduce(0) { $0 + $1.value.count }
    return "\(stages), \(count) parameters"
  }
}

extension CorrectorConfiguration {
  /// The stages in the order in which they are applied.
  public var orderedStages: [Stage] { Stage.allCases.filter(stages.contains) }
}
