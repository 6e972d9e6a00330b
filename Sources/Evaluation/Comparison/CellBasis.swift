import Datasets
import Support
import Tracking

/// What two cells can be compared on: images and draws that both of them saw.
public struct CellBasis: Sendable, Equatable {
  /// The names of the images that both have; `nil` where they have the very same ones.
  public let names: Set<String>?
  /// How many images both have, those that failed among them.
  public let images: Int
  /// Draws 0 up to `draws` − 1 are in both.
  public let draws: Int

  /// - Parameters: As the properties of their names; both cells must have these images and draws.
  public init(names: Set<String>?, images: Int, draws: Int) {
    self.names = names
    self.images = images
    self.draws = draws
  }

  /// What two cells have in common, or why there is nothing, in words.
  enum Finding {
    case basis(CellBasis)
    /// At least one, e.g. `different seed (2020, 7)`.
    case obstacles([String])
  }

  /// A draw is made from distortion, seed, image and its number alone, so that the first draws of more
  /// are those of fewer.
  static func find(
    _ a: EvaluationRecord, _ b: EvaluationRecord, _ overlaps: ImageOverlaps
  ) -> Finding {
    let open = [a, b].filter { !$0.isFinished }.map { "evaluation \($0.id) is not finished" }
    guard open.isEmpty else { return .obstacles(open) }
    let common = overlaps.between(a, b)
    let reasons = common.obstacle.map { [$0] } ?? []
    let obstacles = reasons + distortionObstacles(a, b)
    guard obstacles.isEmpty else { return .obstacles(obstacles) }
    return .basis(
      CellBasis(
        names: common.names, images: common.names?.count ?? a.itemCount,
        draws: min(a.draws, b.draws)))
  }

  private static func distortionObstacles(
    _ a: EvaluationRecord, _ b: EvaluationRecord
  ) -> [String] {
    let unknown = [a, b].filter {
      $0.view == ImageView.distorted && ($0.distortion == nil || $0.seed == nil)
    }
    guard unknown.isEmpty else {
      return unknown.map {
        "evaluation \($0.id) does not record how its images were distorted (imported without "
          + "--distortion and --seed)"
      }
    }
    func text(_ seed: Int64?) -> String { seed.map { "\(UInt64(bitPattern: $0))" } ?? "none" }
    var reasons: [String] = []
    if a.distortion != b.distortion {
      reasons.append("different distortion (\(a.distortion ?? "none"), \(b.distortion ?? "none"))")
    }
    if a.seed != b.seed {
      reasons.append("different seed (\(text(a.seed)), \(text(b.seed)))")
    }
    return reasons
  }
}

/// The images that the cells of several subjects share, by dataset.
struct ImageOverlaps {
  /// The images of two cells.
  struct Common {
    /// `nil` where they are the very same ones.
    var names: Set<String>?
    /// Why there are none, in words.
    var obstacle: String?
  }

  private let items: [Set<String>: CommonItems]

  /// - Throws: `UserError` when the database cannot be read.
  init(_ subjects: [ComparedSubject], store: Store) throws {
    let fingerprints = Set(subjects.flatMap(\.cells).map(\.evaluation.datasetFingerprint)).sorted()
    var items: [Set<String>: CommonItems] = [:]
    for (index, first) in fingerprints.enumerated() {
      for second in fingerprints[(index + 1)...] {
        items[[first, second]] = try store.commonItems(first, second)
      }
    }
    self.items = items
  }

  func between(_ a: EvaluationRecord, _ b: EvaluationRecord) -> Common {
    guard a.datasetFingerprint != b.datasetFingerprint else { return Common() }
    let counts = "(\(a.itemCount), \(b.itemCount))"
    guard let common = items[[a.datasetFingerprint, b.datasetFingerprint]] else {
      return Common(obstacle: "different images \(counts)")
    }
    guard common.names.isEmpty else { return Common(names: common.names) }
    return Common(
      obstacle: common.undecided == 0
        ? "different images \(counts), none in common"
        : "different images \(counts); which are the same was not stored: evaluate both again")
  }
}
