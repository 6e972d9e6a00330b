/// Random numbers with an address: what comes out depends on seed, purpose, item and draw, and on
/// nothing else: no order of calls between items, no thread, no batch.
///
/// The seed is Philox's key; the counter is (block, draw, 64-bit FNV-1a of purpose, NUL, item).
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let generator: Philox4x32
  private var counter: SIMD4<UInt32>
  private var block = SIMD4<UInt32>()
  private var used = 4

  /// - Parameters:
  ///   - seed: the experiment's seed.
  ///   - purpose: what the numbers are for, e.g. `"distortion"`; keeps uses apart.
  ///   - item: which image, e.g. its file name within the dataset.
  ///   - draw: which repetition for that item, from 0.
  public init(seed: UInt64, purpose: String, item: String = "", draw: Int = 0) {
    generator = Philox4x32(key: seed)
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in Array(purpose.utf8) + [0] + Array(item.utf8) {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    counter = SIMD4(
      0, UInt32(truncatingIfNeeded: draw), UInt32(truncatingIfNeeded: hash),
      UInt32(truncatingIfNeeded: hash >> 32))
  }

  /// The next 32 random bits.
  public mutating func next32() -> UInt32 {
    if used == 4 {
      block = generator.block(counter)
      counter.x &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// The next 64 random bits, low half first.
  public mutating func next() -> UInt64 {
    let low = UInt64(next32())
    return UInt64(next32()) << 32 | low
  }

  /// A number in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in [range.lowerBound, range.upperBound).
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// An integer in 0..<bound, unbiased (Lemire's multiply and reject). `bound` must be positive.
  public mutating func integer(below bound: Int) -> Int {
    Int(next(upperBound: UInt64(bound)))
  }

  /// A random permutation of 0..<count (Fisher–Yates from the end).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    var last = count - 1
    while last > 0 {
      order.swapAt(last, integer(below: last + 1))
      last -= 1
    }
    return order
  }
}
