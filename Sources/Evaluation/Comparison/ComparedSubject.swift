import Tracking

/// A cell of a subject.
public struct ComparedCell: Sendable, Equatable {
  /// The cell itself.
  public let evaluation: EvaluationRecord
  /// What the subject calls the cell's corrector; `nil` where it needs no name.
  public internal(set) var corrector: String?
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
  /// What its argument named.
  public let kind: Kind
  /// The run's or evaluation's id; `nil` for a file.
  public internal(set) var id: Int64?
  /// The run whose metrics it has: the one that trained it, when this database knows it, or that
  /// measured agreement.
  public internal(set) var training: RunRecord?
  /// SHA-256 of the corrector, where the subject is about one.
  public internal(set) var corrector: String?
  /// The corrector's file as it was given; `nil` when a run or an evaluation was.
  public internal(set) var file: String?
  /// What it consists of, by flattened key; see `FlatConfiguration`.
  public let configuration: [String: String]
  /// Each once, most recently requested first.
  public let cells: [ComparedCell]

  /// `A`, …, `Z`, `27`, …
  public static func label(_ index: Int) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return letters.indices.contains(index) ? String(letters[index]) : "\(index + 1)"
  }
}
