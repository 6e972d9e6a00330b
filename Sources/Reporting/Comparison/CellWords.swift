import Datasets
import Evaluation
import Tracking

/// Cells, classes and predictions in words.
enum CellWords {
  /// `SqueezeNet 1.1, sample, corrected`.
  static func cell(_ cell: EvaluationRecord) -> String {
    "\(ModelNames.title(cell.model)), \(cell.dataset), \(cell.condition)"
  }

  /// The cell that two are of, or both where they are of different kinds.
  static func pair(_ pair: CellPair) -> String {
    let (a, b) = (pair.before.evaluation, pair.after.evaluation)
    guard a.model != b.model || a.condition != b.condition else {
      let names = [pair.before.corrector, pair.after.corrector].compactMap { $0 }
      let suffix = names.isEmpty ? "" : " (\(Set(names).sorted().joined(separator: ", ")))"
      return cell(a) + suffix
    }
    return "\(cell(a)) → \(cell(b))"
  }

  /// `20 × 50 draws, seed 2020, paper`; the number alone where nothing is drawn.
  static func setting(_ cell: EvaluationRecord) -> String {
    let count = Numbers.count(cell.itemCount)
    guard let seed = cell.seed else { return count }
    let draws = "\(Numbers.count(cell.draws)) draw\(cell.draws == 1 ? "" : "s")"
    return "\(count) × \(draws), seed \(UInt64(bitPattern: seed)), \(cell.distortion ?? "–")"
  }

  /// A class's name.
  static func name(ofClass index: Int) -> String {
    (try? ImageNetClasses.builtIn())?[index]?.name ?? "class \(index)"
  }

  /// `✓ tabby 43 %`.
  static func said(_ prediction: Prediction) -> String {
    "\(prediction.labelRank == 0 ? "✓" : "✗") \(name(ofClass: prediction.predicted)) "
      + "\(Int((100 * prediction.probability).rounded())) %"
  }
}
