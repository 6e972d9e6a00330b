import Tensors

/// A plasma: heights of a square that ends where it begins, by halving it again and again and moving each
/// middle at random (diamond-square).
enum Plasma {
  /// The next power of two for a side.
  static func side(for length: Int) -> Int {
    var side = 2
    while side < length { side *= 2 }
    return side
  }

  /// Heights `[side, side]` from 0 to 1. Numbers: of each halving the middles of squares, those of their
  /// horizontal and those of their vertical edges, each from the left to the right, from the top down.
  ///
  /// - Parameters:
  ///   - side: a power of two from 2.
  ///   - decay: by how much a halving moves middles less than the one before (squared).
  static func heights(side: Int, decay: Double, _ stream: inout RandomStream) -> [Double] {
    var map = [Double](repeating: 0, count: side * side)
    map.withUnsafeMutableBufferPointer { map in
      var (step, reach) = (side, 100.0)
      while step >= 2 {
        let half = step / 2
        func at(_ y: Int, _ x: Int) -> Double {
          map[(y & (side - 1)) * side + (x & (side - 1))]
        }
        /// Sets the places at an offset of all squares to the mean of four others.
        func set(_ top: Int, _ left: Int, _ sum: (_ y: Int, _ x: Int) -> Double) {
          for y in stride(from: top, to: side, by: step) {
            for x in stride(from: left, to: side, by: step) {
              map[y * side + x] = sum(y, x) / 4 + reach * stream.uniform(in: -reach...reach)
            }
          }
        }
        set(half, half) { y, x in
          (at(y - half, x - half) + at(y + half, x - half))
            + (at(y - half, x + half) + at(y + half, x + half))
        }
        set(0, half) { y, x in
          (at(y + half, x) + at(y - half, x)) + (at(y, x - half) + at(y, x + half))
        }
        set(half, 0) { y, x in
          (at(y, x + half) + at(y, x - half)) + (at(y - half, x) + at(y + half, x))
        }
        (step, reach) = (half, reach / decay)
      }
    }
    let lowest = map.min() ?? 0
    let range = (map.max() ?? 1) - lowest
    return map.map { ($0 - lowest) / range }
  }
}
