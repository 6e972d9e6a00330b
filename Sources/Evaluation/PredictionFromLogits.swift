import Foundation
import Support
import Tensors
import Tracking

extension Prediction {
  /// What a row of logits says of a label, or of the one of several right classes that it likes best.
  ///
  /// The predicted class is the highest logit's, the lowest index where several are equal
  /// (`torch.argmax` on a CPU). The label's rank is the number of classes that come before it in
  /// that order: with a higher logit, or an equal one and a lower index. Probabilities are the
  /// softmax in double precision, with the maximum subtracted first.
  ///
  /// - Parameters:
  ///   - alsoRight: other classes that are right as well, ascending. Those that the prediction cannot be
  ///     count for nothing.
  ///   - classes: what the prediction can be, ascending; `nil` for all. The others' logits count for
  ///     nothing.
  /// - Throws: `UserError` when a logit is not finite or a right class has no logit.
  public init(
    logits: some Collection<Float>, label: Int, alsoRight: [Int] = [], among classes: [Int]? = nil
  ) throws {
    guard let classes else {
      try self.init(allLogits: logits, right: [label] + alsoRight)
      return
    }
    let right = ([label] + alsoRight).compactMap { classes.firstIndex(of: $0) }
    guard classes.contains(label) else {
      throw UserError("label \(label) is not one of the set's \(classes.count) classes")
    }
    let all = Array(logits)
    guard let last = classes.last, classes[0] >= 0, last < all.count else {
      throw UserError("the network has \(all.count) classes, not all of the set's")
    }
    let among = try Self(allLogits: classes.map { all[$0] }, right: right)
    self.init(
      predicted: classes[among.predicted], labelRank: among.labelRank,
      probability: among.probability, labelProbability: among.labelProbability)
  }

  /// - Parameter right: at least one class.
  private init(allLogits logits: some Collection<Float>, right: [Int]) throws {
    if let strange = right.first(where: { $0 < 0 || $0 >= logits.count }) {
      throw UserError("label \(strange) is not one of the network's \(logits.count) classes")
    }
    func logit(_ index: Int) -> Float { logits[logits.index(logits.startIndex, offsetBy: index)] }
    guard let label = right.min(by: { (logit($1), $0) < (logit($0), $1) }) else {
      throw UserError("no class is right")
    }
    let target = logit(label)
    var best = -Float.infinity
    var predicted = 0
    var rank = 0
    for (index, logit) in logits.enumerated() {
      guard logit.isFinite else {
        throw UserError("the network's output is not finite (class \(index): \(logit))")
      }
      if logit > best {
        best = logit
        predicted = index
      }
      if logit > target || (logit == target && index < label) { rank += 1 }
    }
    var sum = 0.0
    for logit in logits { sum += exp(Double(logit) - Double(best)) }
    self.init(
      predicted: predicted, labelRank: rank, probability: 1 / sum,
      labelProbability: exp(Double(target) - Double(best)) / sum)
  }
}
