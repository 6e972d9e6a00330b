import Tracking

/// What a cell says of the images of one class.
public struct ClassTop1: Sendable, Equatable {
  /// The class: where several are right, the set's first.
  public let label: Int
  /// Top-1 over its images and their draws.
  public let top1: ClusteredProportion
  /// Draws whose five best classes have a right one; `nil` where ranks are not known.
  public let inTop5: Int?
  /// The class that is most often said in its place, the lowest index of several; `nil` where none is.
  public let mistake: Mistake?

  /// A class that is said in the place of another.
  public struct Mistake: Sendable, Equatable {
    /// What is said.
    public let predicted: Int
    /// How often.
    public let draws: Int
  }

  /// The classes of a cell's images, by index.
  public static func all(_ outcomes: [DrawOutcome]) -> [ClassTop1] {
    Dictionary(grouping: outcomes, by: \.label).map(ClassTop1.init).sorted { $0.label < $1.label }
  }

  private init(_ label: Int, _ outcomes: [DrawOutcome]) {
    self.label = label
    top1 = ClusteredProportion(
      Dictionary(grouping: outcomes, by: \.item).values.map { draws in
        ItemTally(item: "", correct: draws.count(where: \.isRight), total: draws.count)
      })
    let ranks = outcomes.map(\.prediction.labelRank)
    inTop5 = ranks.contains(Prediction.unknownRank) ? nil : ranks.count { $0 < 5 }
    let mistakes = Dictionary(grouping: outcomes.filter { !$0.isRight }, by: \.prediction.predicted)
      .mapValues(\.count)
    mistake = mistakes.min { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { Mistake(predicted: $0.key, draws: $0.value) }
  }
}
