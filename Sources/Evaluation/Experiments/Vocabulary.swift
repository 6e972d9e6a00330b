import Datasets
import Models
import Tracking

/// The names that an experiment's file may use: those of the registries.
public struct Vocabulary: Sendable {
  public var models: [String]
  public var datasetKinds: [String]
  public var distortions: [String]
  /// Layouts of the table.
  public var reports: [String]

  public init(
    models: [String] = Architecture.all.map(\.name),
    datasetKinds: [String] = LabelledDataset.layouts, distortions: [String] = Distortion.presets,
    reports: [String] = TableLayout.allCases.map(\.rawValue)
  ) {
    self.models = models
    self.datasetKinds = datasetKinds
    self.distortions = distortions
    self.reports = reports
  }
}
