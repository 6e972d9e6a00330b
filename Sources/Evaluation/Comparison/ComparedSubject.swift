import Tracking

/// A cell of a subject.
public struct ComparedCell: Sendable, Equatable {
  public let evaluation: EvaluationRecord
  /// What the subject calls the cell's corrector; `nil` where it needs no name.
  public let corrector: String?

  public init(_ evaluation: EvaluationRecord, corrector: String? = nil) {
    self.evaluation = evaluation
    self.corrector = corrector
  }
}

/// One of the things that a comparison sets side by side.
public struct ComparedSubject: Sendable {
  /// What was named.
  public enum Kind: String, Sendable {
    case training = "training run"
    case evaluation = "evaluation run"
    case cell = "evaluation"
    case corrector
    case agreement = "agreement run"
  }

  /// `A` for the first, `B`, `C`, …
  public let label: String
  /// E.g. `run 3 (sample)` or `G.h5`.
  public let name: String
  public let kind: Kind
  /// The run's or evaluation's id; `nil` for a file.
  public let id: Int64?
  /// The run whose metrics it has: the one that trained it, when this database knows it, or that
  /// measured agreement.
  public let training: RunRecord?
  /// SHA-256 of the corrector, where the subject is about one.
  public let corrector: String?
  /// The corrector's file as it was given; `nil` when a run or an evaluation was.
  public let file: String?
  /// What it consists of, by flattened key; see `FlatConfiguration`.
  public let configuration: [String: String]
  /// Each once, most recently requested first.
  public let cells: [ComparedCell]

  public init(
    label: String, name: String, kind: Kind, id: Int64? = nil, training: RunRecord? = nil,
    corrector: String? = nil, file: String? = nil, configuration: [String: String] = [:],
    cells: [ComparedCell]
  ) {
    self.label = label
    self.name = name
    self.kind = kind
    self.id = id
    self.training = training
    self.corrector = corrector
    self.file = file
    self.configuration = configuration
    var seen: Set<Int64> = []
    // Experiments that show the same cell do not make it two.
    self.cells = cells.filter { seen.insert($0.evaluation.id).inserted }
  }

  /// `A`, …, `Z`, `27`, …
  public static func label(_ index: Int) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return letters.indices.contains(index) ? String(letters[index]) : "\(index + 1)"
  }
}
