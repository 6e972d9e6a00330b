/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3" (SC 2011): a keyed bijection of 128-bit counters, so that draw i of stream s needs
/// no draw before it.
public struct Philox4x32: Sendable {
  private let key: SIMD2<UInt32>

  /// - Parameter key: any 64 bits; different keys give independent sequences.
  public init(key: UInt64) {
    self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
  }

  /// The 128 random bits that belong to a counter.
  public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var state = counter
    var round = key
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(state.x)
      let second = UInt64(0xCD9E_8D57) * UInt64(state.z)
      state = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ state.y ^ round.x,
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ state.w ^ round.y,
        UInt32(truncatingIfNeeded: first))
      round = round &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return state
  }
}
