import Datasets
import Evaluation
import Support
import Tracking

/// Cells, classes and predictions as text.
package enum CellWords {
  /// `SqueezeNet 1.1, sample, corrected`.
  package static func cell(_ cell: EvaluationRecord) -> String {
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
  package static func setting(_ cell: EvaluationRecord) -> String {
    let count = Numbers.count(cell.itemCount)
    guard let seed = cell.seed else { return count }
    return
      "\(count) × \(Numbers.draws(cell.draws)), seed \(UInt64(bitPattern: seed)), \(cell.distortion ?? "–")"
  }

  /// The images and draws that a pair is compared on, as `setting`: `10 of 20 and 10 × draws 0 to 9 of 50
  /// and 10, seed 2020, paper` where either has more.
  static func setting(_ pair: CellPair) -> String {
    let (a, b) = (pair.before.evaluation, pair.after.evaluation)
    guard pair.isPartial else { return setting(a) }
    func part(_ common: String, _ first: Int, _ second: Int) -> String {
      "\(common) of \(Numbers.count(first)) and \(Numbers.count(second))"
    }
    let images =
      pair.basis.names == nil
      ? Numbers.count(a.itemCount)
      : part(Numbers.count(pair.basis.images), a.itemCount, b.itemCount)
    guard let seed = a.seed, let distortion = a.distortion else { return images }
    let draws = a.draws == b.draws ? Numbers.draws(a.draws) : part(range(pair), a.draws, b.draws)
    return "\(images) × \(draws), seed \(UInt64(bitPattern: seed)), \(distortion)"
  }

  /// What a pair is compared on where either cell has more, as a sentence without full stop; `nil`
  /// where both have the same.
  static func basis(_ pair: CellPair, _ first: String, _ second: String) -> String? {
    guard pair.isPartial else { return nil }
    let (a, b) = (pair.before.evaluation, pair.after.evaluation)
    func counts(_ a: Int, _ b: Int) -> String {
      "\(first) has \(Numbers.count(a)), \(second) has \(Numbers.count(b))"
    }
    var parts: [String] = []
    if pair.basis.names != nil {
      let count = pair.basis.images
      let images = count == 1 ? "the one image" : "the \(Numbers.count(count)) images"
      parts.append("\(images) that both have (\(counts(a.itemCount, b.itemCount)))")
    }
    if a.draws != b.draws {
      parts.append("\(range(pair)), which both have (\(counts(a.draws, b.draws)))")
    }
    return "\(self.pair(pair)): compared on \(parts.joined(separator: " and "))"
  }

  /// `draws 0 to 9`.
  private static func range(_ pair: CellPair) -> String {
    pair.basis.draws == 1 ? "draw 0" : "draws 0 to \(Numbers.count(pair.basis.draws - 1))"
  }

  /// A class's name.
  ///
  /// - Throws: `UserError` for a number that is none of the classes.
  package static func name(ofClass index: Int, in classes: ClassList) throws -> String {
    guard let known = classes[index] else {
      throw UserError("\(index): not one of the \(classes.count) of \(classes.title)")
    }
    return known.name
  }

  /// `✓ tabby 43 %`; without the percentage where an imported prediction has none.
  package static func said(_ prediction: Prediction, in classes: ClassList) throws -> String {
    let mark = prediction.labelRank == 0 ? "✓" : "✗"
    let said = "\(mark) \(try name(ofClass: prediction.predicted, in: classes))"
    guard prediction.probability != Prediction.unknownProbability else { return said }
    return "\(said) \(Int((100 * prediction.probability).rounded())) %"
  }
}
