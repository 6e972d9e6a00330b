import Tracking

/// Two cells whose predictions can be compared draw by draw: the same images, distorted alike.
public struct CellPair: Sendable, Equatable {
  /// Of the first subject.
  public let before: ComparedCell
  /// Of the second subject.
  public let after: ComparedCell
  /// The images and draws that both saw.
  public let basis: CellBasis

  /// - Parameter basis: what both saw, or statistics would count what only one did.
  public init(before: ComparedCell, after: ComparedCell, basis: CellBasis) {
    self.before = before
    self.after = after
    self.basis = basis
  }

  /// What else is different about them, in words, besides the corrector: weights, engine, precision.
  public var otherDifferences: [String] {
    let (a, b) = (before.evaluation, after.evaluation)
    return (a.weightsSHA256 == b.weightsSHA256 ? [] : ["weights"])
      + (a.engine == b.engine ? [] : ["engine (\(a.engine), \(b.engine))"])
      + (a.precision == b.precision ? [] : ["precision (\(a.precision), \(b.precision))"])
  }

  /// Whether they differ in nothing but how many images and draws there are: the one is a part of the
  /// other, and says nothing about which is better.
  public var isRepetition: Bool {
    let (a, b) = (before.evaluation, after.evaluation)
    return otherDifferences.isEmpty && a.model == b.model && a.condition == b.condition
      && a.view == b.view && a.correctorSHA256 == b.correctorSHA256
  }

  /// Whether either has images or draws that the other has not.
  public var isPartial: Bool {
    basis.names != nil || before.evaluation.draws != after.evaluation.draws
  }
}

extension Store {
  /// The draws that both cells of a pair predicted, of the images that both have.
  public func outcomes(of pair: CellPair) throws -> [PairedOutcome] {
    let before = try outcomes(evaluation: pair.before.evaluation.id)
    let after = try outcomes(evaluation: pair.after.evaluation.id)
    let names = pair.basis.names
    return PairedOutcome.pairs(before.filter { names?.contains($0.item) ?? true }, after)
  }

  /// The same, image by image.
  public func pairs(of pair: CellPair) throws -> [ItemPair] {
    guard pair.basis.names != nil else {
      return try pairs(pair.before.evaluation.id, pair.after.evaluation.id)
    }
    return ImageChange.all(try outcomes(of: pair)).map(\.pair)
  }
}
