import Support

/// What to compare on what: an experiment's file, see `Experiments/*.yaml`.
public struct Experiment: Sendable, Equatable, Codable {
  /// A dataset by the experiment's name for it.
  public struct Dataset: Sendable, Equatable, Codable {
    /// Unlike that of the experiment's other datasets.
    public var name: String
    /// Where it lies; `nil` when it must be given with `--data NAME=PATH`.
    public var path: String?
    /// The layout that it must have, or `nil` for whichever it has.
    public var kind: String?

    /// A dataset to evaluate on.
    public init(name: String, path: String? = nil, kind: String? = nil) {
      (self.name, self.path, self.kind) = (name, path, kind)
    }
  }

  /// Numbers that somebody published for a row of the table.
  public struct PublishedRow: Sendable, Equatable, Codable {
    /// The model's name, e.g. `resnet50`.
    public var model: String
    /// The experiment's name for the dataset.
    public var dataset: String
    /// Top-1 in percent by condition.
    public var top1: [String: Double]

    /// A row as it was printed.
    public init(model: String, dataset: String, top1: [String: Double]) {
      (self.model, self.dataset, self.top1) = (model, dataset, top1)
    }
  }

  /// A published table to stand beside ours.
  public struct Published: Sendable, Equatable, Codable {
    /// Who published it and where.
    public var source: String
    /// In the order in which they were printed.
    public var rows: [PublishedRow]
    /// How many images each dataset had, where it is known.
    public var images: [String: Int]?
    /// How many decimals the percentages were printed with, where it matters.
    public var decimals: Int?

    /// A table as it was printed.
    public init(
      source: String, rows: [PublishedRow], images: [String: Int]? = nil, decimals: Int? = nil
    ) {
      (self.source, self.rows, self.images, self.decimals) = (source, rows, images, decimals)
    }
  }

  /// Names its report and its cells: letters, digits, - _ and `.`.
  public var name: String
  /// The report's heading.
  public var title: String
  /// A paragraph below the heading; may be empty.
  public var description: String
  /// Names of classifiers, in the order of the table's rows.
  public var models: [String]
  /// Those of `models` that other programs compute; `nil` where there are none.
  public var classifiers: [ExternalModel]?
  /// In the order of the table's rows or columns.
  public var datasets: [Dataset]
  /// In the order of the table's columns.
  public var conditions: [Condition]
  /// The distortion of the distorted view, see `Distortion.identity`.
  public var distortion: String
  /// The file that it was read from, or `nil` for a preset.
  public var distortionFile: String?
  /// Of the distortions and of the examples that are shown.
  public var seed: UInt64
  /// Distorted draws of each image.
  public var draws: Int
  /// Evaluate at most so many images of each dataset.
  public var limit: Int?
  /// The report's layout, see `TableLayout`; a run of another version may have one that is not known.
  public var report: String
  /// The folder of `<model>.h5`; `nil` when it must be given with `--weights`.
  public var weights: String?
  /// The file that lists the classes of networks and labels; `nil` for ImageNet's.
  public var classes: String?
  /// The corrector's file, or several by name; `nil` when it must be given with `--corrector`, or
  /// corrected cells stay empty.
  public var corrector: CorrectorChoice?
  /// `nil` where nothing was published.
  public var published: Published?
  /// SHA-256 of the file.
  public var digest: String
  /// The file it came from.
  public var file: String

  /// An experiment as its file describes it.
  public init(
    name: String, title: String, description: String = "", models: [String], datasets: [Dataset],
    conditions: [Condition], distortion: String = "paper", distortionFile: String? = nil,
    seed: UInt64 = 0, draws: Int = 1,
    limit: Int? = nil, report: String = "table1", weights: String? = nil,
    corrector: CorrectorChoice? = nil, published: Published? = nil,
    classifiers: [ExternalModel]? = nil, classes: String? = nil, digest: String, file: String
  ) {
    self.classes = classes
    (self.name, self.title, self.description) = (name, title, description)
    (self.models, self.datasets, self.conditions) = (models, datasets, conditions)
    (self.distortion, self.distortionFile, self.seed) = (distortion, distortionFile, seed)
    (self.draws, self.limit, self.report) = (draws, limit, report)
    (self.weights, self.corrector, self.published) = (weights, corrector, published)
    (self.classifiers, self.digest, self.file) = (classifiers, digest, file)
  }

  /// The pixels behind a condition: a corrector takes the raw photo where the experiment has raw
  /// ones, and the distorted image elsewhere.
  public func view(of condition: Condition) -> ImageView {
    condition.view(correcting: conditions.contains(.raw) ? .raw : .distorted)
  }

  /// A model that another program computes; `nil` for the program's own.
  public func external(_ model: String) -> ExternalModel? {
    classifiers?.first { $0.name == model }
  }

  /// The condition that a corrected cell is to improve on.
  public var uncorrected: Condition { conditions.contains(.raw) ? .raw : .distorted }

  /// Whether its tables set corrected cells beside uncorrected ones.
  public var isComparing: Bool {
    conditions.contains(.corrected) && conditions.contains(uncorrected)
  }

  /// A published top-1 in percent.
  public func published(model: String, dataset: String, condition: Condition) -> Double? {
    published?.rows.first { $0.model == model && $0.dataset == dataset }?
      .top1[condition.rawValue]
  }
}
