import Tracking

/// Top-1 over several draws of each image, with an interval that counts images, not draws: draws of
/// one image are right or wrong together, so that 20 images of 50 draws say far less than 1000
/// images would.
///
/// With T_i of n_i draws of image i right, N = Σ n_i, p = Σ T_i / N:
///
/// - variance of p, robust against any dependence within an image (the "sandwich" estimator
///   without small-sample factor, CR0): V = Σ (T_i − p n_i)² / N²
/// - effective sample size: n = p(1 − p) / V, at most N
/// - interval: Wilson's with p and n.
///
/// With one draw per image this is exactly Wilson's interval of the images. Where V says nothing
/// (all draws right, or all wrong) n is the number of images.
public struct ClusteredProportion: Sendable, Equatable {
  /// Draws that are right.
  public let correct: Int
  /// Draws.
  public let total: Int
  /// Images with at least one draw.
  public let clusters: Int
  /// The effective sample size: independent images giving the same precision; 0 if there are none.
  public let effectiveSize: Double
  /// The 95 % interval of the proportion.
  public let interval: Interval

  /// - Parameter tallies: right and all draws, image by image.
  public init(_ tallies: [ItemTally]) {
    let used = tallies.filter { $0.total > 0 }
    correct = used.reduce(0) { $0 + $1.correct }
    total = used.reduce(0) { $0 + $1.total }
    clusters = used.count
    guard total > 0 else {
      effectiveSize = 0
      interval = .wilson(proportion: 0, size: 0)
      return
    }
    let size = Double(total)
    let proportion = Double(correct) / size
    var squares = 0.0
    for tally in used {
      let residual = Double(tally.correct) - proportion * Double(tally.total)
      squares += residual * residual
    }
    let variance = squares / (size * size)
    let binomial = proportion * (1 - proportion)
    if binomial == 0 {
      effectiveSize = Double(clusters)
    } else {
      effectiveSize = variance > 0 ? min(size, binomial / variance) : size
    }
    interval = .wilson(proportion: proportion, size: effectiveSize)
  }

  /// correct / total, or `nil` when there is no draw.
  public var proportion: Double? { total > 0 ? Double(correct) / Double(total) : nil }
}
