import GRDB

/// A classifier's prediction for one draw of one image.
public struct Prediction: Sendable, Equatable {
  /// The class of the highest logit.
  public let predicted: Int
  /// How many classes come before the right one, or before the first of several: 0 is top-1.
  public let labelRank: Int
  /// Softmax probability of the predicted class.
  public let probability: Double
  /// Softmax probability of the right class, or of the first of several.
  public let labelProbability: Double

  /// The rank of an imported prediction that is wrong and does not say by how much. No class has it,
  /// and it counts as wrong for every top-k.
  public static let unknownRank = 1_000_000
  /// The probability of an imported prediction that does not say it.
  public static let unknownProbability = -1.0

  /// A prediction with these numbers.
  public init(predicted: Int, labelRank: Int, probability: Double, labelProbability: Double) {
    (self.predicted, self.labelRank) = (predicted, labelRank)
    (self.probability, self.labelProbability) = (probability, labelProbability)
  }
}

/// The result of one (image, draw) of an evaluation: a prediction, or why there is none.
public struct PredictionRecord: Sendable, Equatable {
  /// What came out.
  public enum Outcome: Sendable, Equatable {
    case predicted(Prediction)
    case failed(reason: String)
  }

  /// The cell's row in `evaluations`.
  public let evaluation: Int64
  /// The image's row in `items`, see `Store.register(dataset:)`.
  public let item: Int64
  /// From 0.
  public let draw: Int
  /// A prediction, or why there is none.
  public let outcome: Outcome

  /// A result to be stored.
  public init(evaluation: Int64, item: Int64, draw: Int, outcome: Outcome) {
    (self.evaluation, self.item) = (evaluation, item)
    (self.draw, self.outcome) = (draw, outcome)
  }
}

/// Results of one image in one evaluation, over its draws.
public struct ItemTally: Sendable, Equatable {
  /// The image's name; empty where it does not matter.
  public let item: String
  /// Draws whose top-1 is right.
  public let correct: Int
  /// Draws whose five best classes have the right one; `nil` where its rank is not known.
  public let inTop5: Int?
  /// Draws that were predicted.
  public let total: Int

  /// The draws of one image.
  public init(item: String, correct: Int, inTop5: Int? = nil, total: Int) {
    (self.item, self.correct, self.inTop5, self.total) = (item, correct, inTop5, total)
  }
}

/// An image that failed in an evaluation.
public struct FailedItem: Sendable, Hashable, Decodable, FetchableRecord {
  /// The image's name within its dataset.
  public let item: String
  /// Why it could not be used, in a line.
  public let reason: String

  /// An image with the reason.
  public init(item: String, reason: String) {
    self.item = item
    self.reason = reason
  }
}
