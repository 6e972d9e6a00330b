/// The names that an experiment's file may use.
public struct Vocabulary: Sendable {
  public var models: [String]
  public var datasetKinds: [String]
  public var distortions: [String]
  public var reports: [String]

  public init(
    models: [String] = ["resnet50", "vgg11", "squeezenet1_1"],
    datasetKinds: [String] = [
      "class-folders", "validation-folder", "validation-archive", "labelled-folder",
    ],
    distortions: [String] = ["paper"], reports: [String] = ["table1", "table2"]
  ) {
    self.models = models
    self.datasetKinds = datasetKinds
    self.distortions = distortions
    self.reports = reports
  }
}
