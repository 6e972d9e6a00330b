import Datasets
import Support
import Tracking

/// The cells of an experiment: model × dataset × condition.
public struct Plan: Sendable {
  /// One cell that can be computed.
  public struct Cell: Sendable, Equatable {
    /// Its name, e.g. `resnet50`.
    public let model: String
    /// The experiment's name for the dataset.
    public let dataset: String
    /// The column of the table.
    public let condition: Condition
    /// Of a corrected cell.
    public let corrector: CorrectorIdentity?
    /// What goes into the network, or into the corrector before it.
    public let view: ImageView
    /// Everything that decides the predictions.
    public let identity: CellIdentity
    /// `CellIdentity.key()`.
    public let key: String
    /// Whether the store has all its predictions.
    public fileprivate(set) var isFinished: Bool
  }

  /// One cell that cannot be computed.
  public struct MissingCell: Sendable, Equatable {
    /// Its name, e.g. `resnet50`.
    public let model: String
    /// The experiment's name for the dataset.
    public let dataset: String
    /// The column of the table.
    public let condition: Condition
    /// E.g. `no corrector given`.
    public let reason: String
  }

  /// By dataset, then model, then condition, then corrector, each in the experiment's order.
  public let cells: [Cell]
  /// In the same order.
  public let missing: [MissingCell]
  /// In the order of their rows; empty when none is given.
  public let correctors: [CorrectorIdentity]

  /// The cells that the store lacks.
  public var pending: [Cell] { cells.filter { !$0.isFinished } }

  /// The most draws of any cell in a dataset, finished ones included.
  func draws(of dataset: String) -> Int {
    cells.filter { $0.dataset == dataset }.map(\.identity.draws).max() ?? 1
  }

  /// - Parameters:
  ///   - experiment: resolved, see `Experiment.applying(_:)`.
  ///   - weights: by model.
  ///   - fingerprints: by the experiment's names of its datasets.
  ///   - photographs: raw views of each image, by the same names; 1 where there is none.
  ///   - correctors: corrected cells are missing when there is none.
  /// - Throws: `UserError` when two correctors are the same file.
  public init(
    experiment: Experiment, weights: [String: WeightsRecord], fingerprints: [String: String],
    photographs: [String: Int], correctors: [CorrectorIdentity], environment: RunEnvironment,
    store: Store
  ) throws {
    for (index, corrector) in correctors.enumerated() {
      let twin = correctors[..<index].first { $0.digest == corrector.digest }
      if let twin {
        throw UserError(
          "correctors \(twin.name ?? "") and \(corrector.name ?? "") are the same",
          remedy: "drop one of them")
      }
    }
    self.correctors = correctors
    var candidates: [Cell] = []
    var missing: [MissingCell] = []
    for dataset in experiment.datasets.map(\.name) {
      guard let fingerprint = fingerprints[dataset] else { continue }
      for model in experiment.models {
        guard let digest = weights[model]?.sha256 else { continue }
        for condition in experiment.conditions {
          if condition == .corrected, correctors.isEmpty {
            missing.append(
              MissingCell(
                model: model, dataset: dataset, condition: condition,
                reason: "no corrector given"))
            continue
          }
          let view = experiment.view(of: condition)
          for corrector in condition == .corrected ? correctors.map(Optional.some) : [nil] {
            let identity = experiment.identity(
              model: model, weights: digest, fingerprint: fingerprint,
              photographs: photographs[dataset] ?? 1, condition: condition,
              corrector: corrector?.digest, engine: environment.engine,
              precision: environment.precision)
            candidates.append(
              Cell(
                model: model, dataset: dataset, condition: condition, corrector: corrector,
                view: view, identity: identity, key: try identity.key(), isFinished: false))
          }
        }
      }
    }
    let finished = try store.finishedCells(among: candidates.map(\.key))
    cells = candidates.map { cell in
      var cell = cell
      cell.isFinished = finished.contains(cell.key)
      return cell
    }
    self.missing = missing
  }
}
