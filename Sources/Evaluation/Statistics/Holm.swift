/// Holm's correction (1979) of several tests: among many comparisons some are significant by chance
/// alone. With adjusted p-values the family-wise error rate of a table, the probability of any false
/// positive at level α, is at most α, whatever the dependence between the tests.
public enum Holm {
  /// The adjusted p of each test, 0…1, in the order given: with the p sorted p₍₁₎ ≤ p₍₂₎ ≤ …, the k-th
  /// becomes the largest of (m − j + 1) p₍ⱼ₎ over j ≤ k, at most 1. One test stays as it is.
  public static func adjusted(_ probabilities: [Double]) -> [Double] {
    var adjusted = probabilities
    var largest = 0.0
    let order = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
    for (rank, index) in order.enumerated() {
      largest = max(largest, min(1, Double(order.count - rank) * probabilities[index]))
      adjusted[index] = largest
    }
    return adjusted
  }
}
