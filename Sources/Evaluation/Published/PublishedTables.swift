import Foundation
import Support
import Tracking

/// Published tables to be judged by their own numbers: a file that lists experiments, of which only
/// what is published counts. It needs no images, weights or database.
public struct PublishedTables: Sendable {
  /// What the file's key `report` says.
  public static let report = "paper-tables"

  private static let reportKey = Setting.word(
    "report", [report], "report", "What kind of file this is."
  ).required
  private static let nameKey = Setting.fileName("name", "The stem of the report's files.").required
  private static let titleKey = Setting.text(
    "title", "The report's heading; without it, the name.")
  private static let descriptionKey = Setting.text("description", "What the report says first.")
  private static let experimentsKey = Setting.place(
    "experiments", .list(.path), isRequired: true, "Files of experiments with published numbers.")

  /// The keys of such a file.
  package static let schema = SettingsSchema(
    "Published tables",
    [
      Setting.version.declaration, reportKey.declaration, nameKey.declaration,
      titleKey.declaration, descriptionKey.declaration, experimentsKey.declaration,
    ])

  /// The stem of the report's files.
  public let name: String
  /// The report's heading.
  public let title: String
  /// What the report says first; empty for nothing.
  public let description: String
  /// Each with published numbers, the sizes of its sets and the decimals that were printed.
  public let experiments: [Experiment]
  /// SHA-256 of the file.
  public let digest: String
  /// Where it was read from.
  public let file: String

  /// Whether a file is of this kind and no experiment, by its key `report`.
  ///
  /// - Throws: `UserError` when it cannot be read or is not YAML.
  public static func describes(file: String) throws -> Bool {
    let root = try YAMLReader(text: try YAMLReader.text(ofFile: file), file: file)
    return root.node.mapping?["report"]?.string == report
  }

  /// Reads a file and the experiments that it lists; their paths count from its folder.
  ///
  /// - Throws: `UserError` naming file and line for what is not understood, and for an experiment
  ///   that publishes nothing or not enough.
  public init(file: String) throws {
    let text = try YAMLReader.text(ofFile: file)
    let values = try SettingsReader(try YAMLReader(text: text, file: file), Self.schema)
    _ = try values(Self.reportKey)
    name = try values(Self.nameKey)
    title = try values.optional(Self.titleKey) ?? name
    description = try values.optional(Self.descriptionKey) ?? ""
    experiments = try values.place(Self.experimentsKey).list().map { element in
      let experiment = try Experiment(file: try element.path())
      try Self.check(experiment, at: element)
      return experiment
    }
    digest = FileDigest.sha256(Data(text.utf8))
    self.file = file
  }

  private static func check(_ experiment: Experiment, at place: YAMLReader) throws {
    guard let published = experiment.published else {
      throw place.error("\(experiment.file) has nothing published")
    }
    guard published.decimals != nil else {
      throw place.error("\(experiment.file): published lacks the key decimals")
    }
    for row in published.rows where published.images?[row.dataset] == nil {
      throw place.error("\(experiment.file): published.images lacks \(row.dataset)")
    }
  }
}

extension Experiment {
  /// A published top-1 with the number of images behind it; `nil` where either is not known.
  public func publishedProportion(
    model: String, dataset: String, condition: Condition
  ) -> PublishedProportion? {
    guard let percent = published(model: model, dataset: dataset, condition: condition),
      let size = published?.images?[dataset], let decimals = published?.decimals
    else { return nil }
    return PublishedProportion(percent: percent, size: size, decimals: decimals)
  }
}
