import Datasets
import Foundation
import Models
import Support
import Tracking

extension Experiment {
  private static let nameKey = Setting.fileName("name", "Names its report and its cells.").required
  private static let titleKey = Setting.text(
    "title", "The report's heading; without it, the name.")
  private static let descriptionKey = Setting.text("description", "A paragraph below the heading.")
  private static let modelsKey = Setting<[String]>(
    "models", .words(Architecture.all.map(\.name)), isRequired: true,
    "Classifiers, in the order of the table's rows."
  ) { try $0.words(of: Architecture.all.map(\.name), "model") }
  private static let classifiersKey = Setting<[ExternalModel]>(
    "classifiers", .entries(.text),
    "More models, which other programs compute: names, and the commands that start them."
  ) { try classifiers($0) }
  private static let datasetsKey = Setting<[Dataset]>(
    "datasets", .list(.group(Dataset.schema)), isRequired: true,
    "In the order of the table's rows or columns."
  ) { try datasets($0) }
  private static let conditionsKey = Setting<[Condition]>.choices(
    "conditions", "condition",
    "In the order of the table's columns; `raw` is for photographs, `distorted` for files."
  ).required
  private static let distortionKey = Distortion.setting("What makes distorted images.")
  private static let seedKey = Setting.integer(
    "seed", 0...Int.max, default: 0, "Of the distortions, and of the examples that are shown.")
  private static let drawsKey = Setting.integer(
    "draws", 1...1_000_000, default: 1, "Distorted draws of each image.")
  private static let limitKey = Setting.integer(
    "limit", 1...Int.max, "At most so many images of each dataset.")
  private static let reportKey = Setting<TableLayout>.choice(
    "report", "report", default: .table1, "The report's layout.")
  private static let weightsKey = Setting.path(
    "weights", "The folder of `<model>.h5`; without it, `--weights` says it.")
  private static let classesKey = Setting.path(
    "classes",
    "The list of classes that networks tell apart and labels count in: a class on each line, or JSON; "
      + "without it, ImageNet's 1,000.")
  private static let correctorKey = Setting<CorrectorChoice>(
    "corrector", .either(.path, .entries(.path)),
    "The corrector's file, or several by name; without it, `--corrector` says it."
  ) { try corrector($0) }
  private static let publishedKey = Setting.place(
    "published", .group(Published.schema), "A published table to stand beside ours.")

  /// The keys of an experiment's file.
  package static let schema = SettingsSchema(
    "Experiments", extends: true,
    [
      Setting.version.declaration, nameKey.declaration, titleKey.declaration,
      descriptionKey.declaration, modelsKey.declaration, classifiersKey.declaration,
      datasetsKey.declaration,
      conditionsKey.declaration, distortionKey.declaration, seedKey.declaration,
      drawsKey.declaration, limitKey.declaration, reportKey.declaration,
      weightsKey.declaration, classesKey.declaration, correctorKey.declaration,
      publishedKey.declaration,
    ])

  /// Reads an experiment's file. Paths in it count from the file's folder.
  ///
  /// - Throws: `UserError` naming file and line for an unknown key, model, condition or kind (with
  ///   the known ones), a missing key, or a value that makes no sense.
  public init(file: String) throws {
    let settings = try YAMLSettings(file: file)
    try self.init(yaml: settings.root, digest: settings.digest, file: file)
  }

  /// Reads the text of an experiment's file.
  ///
  /// - Parameter file: named in messages; paths count from its folder.
  public init(yaml text: String, file: String) throws {
    try self.init(
      yaml: try YAMLReader(text: text, file: file), digest: FileDigest.sha256(Data(text.utf8)),
      file: file)
  }

  private init(yaml: YAMLReader, digest: String, file: String) throws {
    let values = try SettingsReader(yaml, Self.schema)
    let name = try values(Self.nameKey)
    let own = try values(Self.modelsKey)
    let classifiers = try values.optional(Self.classifiersKey)
    let models = own + (classifiers ?? []).map(\.name)
    let datasets = try values(Self.datasetsKey)
    let conditions = try values(Self.conditionsKey)
    try Self.check(conditions, at: values[Self.conditionsKey] ?? yaml)
    let distortion = try values(Self.distortionKey)
    self.init(
      name: name, title: try values.optional(Self.titleKey) ?? name,
      description: try values.optional(Self.descriptionKey) ?? "", models: models,
      datasets: datasets, conditions: conditions, distortion: distortion.identity,
      distortionFile: distortion.file, seed: UInt64(try values(Self.seedKey)),
      draws: try values(Self.drawsKey), limit: try values.optional(Self.limitKey),
      report: try values(Self.reportKey).rawValue,
      weights: try values.optional(Self.weightsKey),
      corrector: try values.optional(Self.correctorKey),
      published: try values[Self.publishedKey].map {
        try Published(yaml: $0, models: models, datasets: datasets.map(\.name))
      },
      classifiers: classifiers, classes: try values.optional(Self.classesKey), digest: digest,
      file: file)
  }

  /// The classes that networks tell apart and labels count in.
  ///
  /// - Throws: `UserError` naming the file of the list when it is none.
  public func classList() throws -> ClassList {
    try classes.map { try ClassList(file: $0) } ?? .imageNet()
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
      let dataset = try Dataset(yaml: element)
      guard !datasets.contains(where: { $0.name == dataset.name }) else {
        throw element.error("duplicate dataset \(dataset.name)")
      }
      datasets.append(dataset)
    }
    return datasets
  }

  /// Names and commands.
  private static func classifiers(_ place: YAMLReader) throws -> [ExternalModel] {
    try place.entries().map { name, command in
      guard CorrectorChoice.isName(name) else {
        throw command.error("a name must consist of letters, digits, - _ and .")
      }
      guard !Architecture.all.contains(where: { $0.name == name }) else {
        throw command.error(
          "\(name) is a model of the program itself", remedy: "choose another name")
      }
      return ExternalModel(name: name, command: try command.text())
    }
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
}

extension Experiment.Dataset {
  private static let nameKey = Setting.text(
    "name", "Unlike that of the experiment's other datasets."
  ).required
  private static let pathKey = Setting.path(
    "path", "Where it lies; without it, `--data NAME=PATH` says it.")
  private static let kindKey = Setting.word(
    "kind", LabelledDataset.layouts, "kind",
    "The layout that it must have; without it, whichever it has.")

  fileprivate static let schema = SettingsSchema(
    "a labelled dataset", [nameKey.declaration, pathKey.declaration, kindKey.declaration])

  fileprivate init(yaml: YAMLReader) throws {
    let values = try SettingsReader(yaml, Self.schema)
    self.init(
      name: try values(Self.nameKey), path: try values.optional(Self.pathKey),
      kind: try values.optional(Self.kindKey))
  }
}

extension Experiment.Published {
  private static let sourceKey = Setting.text("source", "Who published it and where.").required
  private static let imagesKey = Setting.place(
    "images", .entries(.integer(1...Int(Int32.max))), "How many images each dataset had.")
  private static let decimalsKey = Setting.integer(
    "decimals", 0...6, "How many decimals the percentages were printed with.")
  private static let top1Key = Setting.place(
    "top1", .list(.group(rowSchema)), isRequired: true, "In the order in which they were printed.")

  private static let modelKey = Setting.text("model", "One of the experiment's models.").required
  private static let datasetKey = Setting.text(
    "dataset", "One of the experiment's datasets."
  ).required
  private static let conditionKeys = Condition.allCases.map {
    Setting<Double>($0.rawValue, .number(0...100), "Top-1 in percent.") { try $0.percentage() }
  }
  private static let rowSchema = SettingsSchema(
    "a row of the published table",
    [modelKey.declaration, datasetKey.declaration] + conditionKeys.map(\.declaration))

  fileprivate static let schema = SettingsSchema(
    "a published table",
    [
      sourceKey.declaration, imagesKey.declaration, decimalsKey.declaration, top1Key.declaration,
    ])

  fileprivate init(yaml: YAMLReader, models: [String], datasets: [String]) throws {
    let values = try SettingsReader(yaml, Self.schema)
    self.init(
      source: try values(Self.sourceKey),
      rows: try values.place(Self.top1Key).list().map { try Self.row($0, models, datasets) },
      images: try values[Self.imagesKey]?.mapping(known: datasets)
        .mapValues { try $0.integer(in: 1...Int(Int32.max)) },
      decimals: try values.optional(Self.decimalsKey))
  }

  private static func row(
    _ yaml: YAMLReader, _ models: [String], _ datasets: [String]
  ) throws -> Experiment.PublishedRow {
    let values = try SettingsReader(yaml, rowSchema)
    guard let model = try values[modelKey]?.word(of: models, "model"),
      let dataset = try values[datasetKey]?.word(of: datasets, "dataset")
    else { throw yaml.error("needs the keys model and dataset") }
    var top1: [String: Double] = [:]
    for key in conditionKeys { top1[key.declaration.name] = try values.optional(key) }
    return Experiment.PublishedRow(model: model, dataset: dataset, top1: top1)
  }
}
