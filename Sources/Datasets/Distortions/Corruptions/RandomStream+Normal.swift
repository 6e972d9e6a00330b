import Foundation
import Tensors

extension RandomStream {
  /// A number of [0, 1) with 32 random bits.
  mutating func fraction() -> Double { Double(next32()) * 0x1p-32 }

  /// A whole number of 0..<bound; for small bounds, whose share of 2³² nobody sees.
  mutating func small(below bound: Int) -> Int { Int((UInt64(next32()) * UInt64(bound)) >> 32) }

  /// Normally distributed numbers with mean 0 and deviation 1, by Box and Muller: each two are of two
  /// numbers of 32 bits, radius and angle; of an odd count the last one is left out.
  mutating func normals(_ count: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
      for index in stride(from: 0, to: count, by: 2) {
        let radius = (-2 * log((Double(next32()) + 1) * 0x1p-32)).squareRoot()
        let angle = 2 * Double.pi * fraction()
        buffer[index] = radius * cos(angle)
        buffer[index + 1] = radius * sin(angle)
      }
      initialized = count
    }
  }
}
