extension Experiment {
  /// What decides the predictions of one of the experiment's cells.
  ///
  /// - Parameters:
  ///   - weights: SHA-256.
  ///   - fingerprint: of the dataset, after any limit.
  ///   - photographs: raw views of each image of the dataset.
  ///   - corrector: SHA-256 of a corrected cell's corrector.
  package func identity(
    model: String, weights: String, fingerprint: String, photographs: Int, condition: Condition,
    corrector: String?, engine: String, precision: String
  ) -> CellIdentity {
    let view = view(of: condition)
    let isDistorted = view == .distorted
    // Neither this program's engine nor its precision matters to what another one computes.
    let isExternal = external(model) != nil
    return CellIdentity(
      model: model, weights: weights, dataset: fingerprint, condition: condition,
      view: view, distortion: isDistorted ? distortion : nil, corrector: corrector,
      seed: isDistorted ? seed : nil,
      draws: isDistorted ? draws : view == .raw ? photographs : 1,
      engine: isExternal ? CellIdentity.externalEngine : engine,
      precision: isExternal ? "unknown" : precision)
  }
}

extension EvaluationConfiguration {
  /// The keys of the cells that the run was about, whoever computed them, each with its corrector's
  /// name; see `CellIdentity.key()`.
  package func cells() throws -> [(key: String, corrector: String?)] {
    try experiment.datasets.flatMap { dataset in
      try experiment.models.flatMap { model in
        try experiment.conditions.flatMap { condition in
          let choices = condition == .corrected ? (correctors ?? []).map(Optional.some) : [nil]
          return try choices.compactMap { corrector -> (key: String, corrector: String?)? in
            guard let fingerprint = datasets[dataset.name], let digest = weights[model]
            else { return nil }
            let identity = experiment.identity(
              model: model, weights: digest, fingerprint: fingerprint,
              photographs: photographs(dataset: dataset.name), condition: condition,
              corrector: corrector?.digest, engine: engine, precision: precision)
            return (try identity.key(), corrector?.name)
          }
        }
      }
    }
  }
}
