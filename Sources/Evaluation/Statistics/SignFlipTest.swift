import Foundation

/// The exact permutation test of paired results, image by image.
///
/// Image i gained d_i right draws (lost them, where d_i < 0). If the correction did nothing, before
/// and after could be exchanged for each image as a whole, so that d_i and −d_i are equally
/// probable, whatever the draws of one image have to do with each other. p is the probability, over
/// all ways of choosing the signs, that the sum Σ ±d_i is as far from 0 as the one that was seen.
///
/// With one draw per image d_i is −1, 0 or 1 and this is McNemar's exact test. With several it tests
/// the very number that a table shows, the gain in right draws, where a sign test would count a gain
/// of 1 draw as much as one of 50, and McNemar's test over draws would take 50 draws for 50 images.
public enum SignFlipTest {
  /// Sums further from 0 than this many standard deviations have a probability below 1e-340
  /// (Hoeffding: 2 exp(−40²/2)), which no double holds; they are left out.
  private static let reach = 40.0

  /// Two-sided p, 0…1; 1 where nothing changed.
  ///
  /// - Parameter gains: d_i; zeros change nothing. Takes time in proportion to their number times
  ///   their root of the sum of squares.
  public static func exactP(_ gains: [Int]) -> Double {
    let sizes = gains.map(abs).filter { $0 > 0 }.sorted()
    guard let smallest = sizes.first, let largest = sizes.last else { return 1 }
    let sum = abs(gains.reduce(0, +))
    guard sum > 0 else { return 1 }
    if smallest == largest {
      return McNemarTest.exactP(
        fixed: gains.count { $0 > 0 }, broken: gains.count { $0 < 0 })
    }
    let deviation = sizes.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let limit = min(sizes.reduce(0, +), Int((reach * deviation).rounded(.up)))
    guard sum <= limit else { return 0 }
    let distribution = distribution(of: sizes, limit: limit)
    // The distribution is symmetric. Smallest probabilities first, so that none is lost.
    var tail = 0.0
    for value in stride(from: limit, through: sum, by: -1) { tail += distribution[limit + value] }
    return min(1, 2 * tail)
  }

  /// Probability of each sum −limit…limit of sizes with random signs.
  private static func distribution(of sizes: [Int], limit: Int) -> [Double] {
    var current = [Double](repeating: 0, count: 2 * limit + 1)
    var next = current
    current[limit] = 1
    var reached = 0
    for size in sizes {
      let wider = min(limit, reached + size)
      current.withUnsafeBufferPointer { old in
        next.withUnsafeMutableBufferPointer { new in
          for sum in -wider...wider {
            let (down, up) = (sum - size, sum + size)
            let fromBelow = down >= -reached && down <= reached ? old[limit + down] : 0
            let fromAbove = up >= -reached && up <= reached ? old[limit + up] : 0
            new[limit + sum] = 0.5 * (fromBelow + fromAbove)
          }
        }
      }
      swap(&current, &next)
      reached = wider
    }
    return current
  }
}
