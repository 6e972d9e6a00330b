import Datasets
import Evaluation
import Support
import Tracking

/// Which draws are wanted by how strong the parts of their distortion are. Strengths are not stored: each
/// draw's distortion follows from seed, image and draw, and is drawn again.
struct StrengthFilter {
  /// A part with its bounds, as they are asked for.
  struct Part: Encodable {
    let key, name, unit: String
    let from, to: String
  }

  private let draws: DistortionDraws
  /// The parts that the distortion has, with what was asked for.
  let parts: [Part]
  private let bounds: [(strength: DistortionStrength, range: ClosedRange<Double>)]

  /// - Returns: `nil` for a cell whose images were not distorted.
  /// - Throws: `PageError` for bounds that are no numbers; `UserError` where the distortions cannot be drawn
  ///   again.
  init?(_ cell: EvaluationRecord, _ query: Query, _ store: Store) throws {
    guard let draws = try DistortionDraws(cell, store: store) else { return nil }
    self.draws = draws
    let sample = draws.drawn(item: "", draw: 0)
    let known = DistortionStrength.allCases.filter { $0.value(of: sample) != nil }
    parts = known.map { strength in
      Part(
        key: strength.rawValue, name: strength.symbol, unit: strength.unit,
        from: query["\(strength.rawValue)_from"], to: query["\(strength.rawValue)_to"])
    }
    let limits = -1e9...1e9
    bounds = try known.compactMap { strength in
      let low = try query.number("\(strength.rawValue)_from", in: limits)
      let high = try query.number("\(strength.rawValue)_to", in: limits)
      guard low != nil || high != nil else { return nil }
      let (from, to) = (low ?? limits.lowerBound, high ?? limits.upperBound)
      return (strength, min(from, to)...max(from, to))
    }
  }

  /// Whether anything is asked for.
  var isSet: Bool { !bounds.isEmpty }

  /// Whether a draw has what is asked for.
  func keeps(_ image: ListedImage) -> Bool {
    let drawn = draws.drawn(item: image.outcome.item, draw: image.outcome.draw)
    return bounds.allSatisfy { bound in
      bound.strength.value(of: drawn).map(bound.range.contains) ?? false
    }
  }

  /// The names of all values of a query that such a filter may read.
  static var names: [String] {
    DistortionStrength.allCases.flatMap { ["\($0.rawValue)_from", "\($0.rawValue)_to"] }
  }
}
