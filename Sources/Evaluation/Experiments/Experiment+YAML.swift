import Datasets
import Foundation
import Models
import Support
import Tracking

extension Experiment {
  private static let keys = [
    "version", "name", "title", "description", "models", "datasets", "conditions", "distortion",
    "seed", "draws", "limit", "report", "weights", "corrector", "published",
  ]

  /// Reads an experiment's file. Paths in it count from the file's folder.
  ///
  /// - Throws: `UserError` naming file and line for an unknown key, model, condition or kind (with
  ///   the known ones), a missing key, or a value that makes no sense.
  public init(file: String) throws {
    try self.init(yaml: try YAMLReader.text(ofFile: file), file: file)
  }

  /// Reads the text of an experiment's file.
  ///
  /// - Parameter file: named in messages; paths count from its folder.
  public init(yaml text: String, file: String) throws {
    let values = try YAMLDocument(text: text, file: file, known: Self.keys)
    let name = try values.required("name").fileName()
    let models = try values.required("models").words(of: Architecture.all.map(\.name), "model")
    let datasets = try Self.datasets(try values.required("datasets"))
    let conditions = try values.required("conditions")
      .words(of: Condition.allCases.map(\.rawValue), "condition").compactMap(Condition.init)
    try Self.check(conditions, at: try values.required("conditions"))
    let distortion = try values["distortion"].map {
      try Distortion.reference($0, known: Distortion.presets)
    }
    self.init(
      name: name, title: try values["title"]?.text() ?? name,
      description: try values["description"]?.text() ?? "", models: models, datasets: datasets,
      conditions: conditions, distortion: distortion?.identity ?? "paper",
      distortionFile: distortion?.file,
      seed: UInt64(try values["seed"]?.integer(in: 0...Int.max) ?? 0),
      draws: try values["draws"]?.integer(in: 1...1_000_000) ?? 1,
      limit: try values["limit"]?.integer(in: 1...Int.max),
      report: try values["report"]?.word(of: TableLayout.allCases.map(\.rawValue), "report")
        ?? TableLayout.table1.rawValue,
      weights: try values["weights"]?.path(),
      corrector: try values["corrector"].map(Self.corrector),
      published: try values["published"].map {
        try Self.published($0, models: models, datasets: datasets.map(\.name))
      },
      digest: FileDigest.sha256(Data(text.utf8)), file: file)
  }

  private static func check(_ conditions: [Condition], at place: YAMLReader) throws {
    if conditions.contains(.raw), conditions.contains(.distorted) {
      throw place.error(
        "raw and distorted cannot be in one experiment", remedy: "raw is for printed photographs")
    }
    if conditions == [.corrected] {
      throw place.error("corrected needs distorted or raw beside it to be compared with")
    }
  }

  private static func datasets(_ place: YAMLReader) throws -> [Dataset] {
    var datasets: [Dataset] = []
    for element in try place.list() {
      let values = try element.mapping(known: ["name", "path", "kind"])
      guard let name = try values["name"]?.text() else {
        throw element.error("the key name is missing")
      }
      guard !datasets.contains(where: { $0.name == name }) else {
        throw element.error("duplicate dataset \(name)")
      }
      datasets.append(
        Dataset(
          name: name, path: try values["path"]?.path(),
          kind: try values["kind"]?.word(of: LabelledDataset.layouts, "kind")))
    }
    return datasets
  }

  /// A path, or a mapping of names to paths.
  private static func corrector(_ place: YAMLReader) throws -> CorrectorChoice {
    guard place.node.mapping != nil else { return .file(try place.path()) }
    return .named(
      try place.entries().map { name, path in
        guard CorrectorChoice.isName(name) else {
          throw path.error("a name must consist of letters, digits, - _ and .")
        }
        return .init(name: name, path: try path.path())
      })
  }

  private static func published(
    _ place: YAMLReader, models: [String], datasets: [String]
  ) throws -> Published {
    let values = try place.mapping(known: ["source", "images", "decimals", "top1"])
    guard let source = try values["source"]?.text(), let rows = try values["top1"]?.list() else {
      throw place.error("needs the keys source and top1")
    }
    let conditions = Condition.allCases.map(\.rawValue)
    return Published(
      source: source,
      rows: try rows.map { row in
        let values = try row.mapping(known: ["model", "dataset"] + conditions)
        guard let model = try values["model"]?.word(of: models, "model"),
          let dataset = try values["dataset"]?.word(of: datasets, "dataset")
        else { throw row.error("needs the keys model and dataset") }
        var top1: [String: Double] = [:]
        for condition in conditions { top1[condition] = try values[condition]?.percentage() }
        return PublishedRow(model: model, dataset: dataset, top1: top1)
      },
      images: try values["images"]?.mapping(known: datasets)
        .mapValues { try $0.integer(in: 1...Int(Int32.max)) },
      decimals: try values["decimals"]?.integer(in: 0...6))
  }
}
