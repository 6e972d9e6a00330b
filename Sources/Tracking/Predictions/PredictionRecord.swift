/// A classifier's prediction for one draw of one image.
public struct Prediction: Sendable, Equatable {
  /// The class of the highest logit.
  public let predicted: Int
  /// How many classes come before the right one: 0 is top-1.
  public let labelRank: Int
  /// Softmax probability of the predicted class.
  public let probability: Double
  /// Softmax probability of the right class.
  public let labelProbability: Double

  /// The rank of an imported prediction that is wrong and does not say by how much. No class has it,
  /// and it counts as wrong for every top-k.
  public static let unknownRank = 1000
  /// The probability of an imported prediction that does not say it.
  public static let unknownProbability = -1.0

  public init(predicted: Int, labelRank: Int, probability: Double, labelProbability: Double) {
    self.predicted = predicted
    self.labelRank = labelRank
    self.probability = probability
    self.labelProbability = labelProbability
  }
}

/// The result of one (image, draw) of an evaluation: a prediction, or why there is none.
public struct PredictionRecord: Sendable, Equatable {
  /// What came out.
  public enum Outcome: Sendable, Equatable {
    case predicted(Prediction)
    case failed(reason: String)
  }

  public let evaluation: Int64
  /// The image's row in `items`, see `Store.register(dataset:)`.
  public let item: Int64
  /// From 0.
  public let draw: Int
  public let outcome: Outcome

  public init(evaluation: Int64, item: Int64, draw: Int, outcome: Outcome) {
    self.evaluation = evaluation
    self.item = item
    self.draw = draw
    self.outcome = outcome
  }
}

/// Results of one image in one evaluation, over its draws.
public struct ItemTally: Sendable, Equatable {
  public let item: String
  /// Draws whose top-1 is right.
  public let correct: Int
  /// Draws that were predicted.
  public let total: Int

  public init(item: String, correct: Int, total: Int) {
    self.item = item
    self.correct = correct
    self.total = total
  }
}

/// An image that failed in an evaluation.
public struct FailedItem: Sendable, Hashable {
  public let item: String
  public let reason: String

  public init(item: String, reason: String) {
    self.item = item
    self.reason = reason
  }
}

/// A row of the view `top1`.
public struct Top1Row: Sendable, Equatable {
  public let run: Int64
  public let experiment: String
  public let model: String
  public let dataset: String
  public let condition: String
  /// SHA-256 of the corrector.
  public let corrector: String?
  public let draws: Int
  public let correct: Int
  public let total: Int
  /// Percent; `nil` when there is no prediction.
  public let top1: Double?
}
