import Tensors
import Testing

@Suite("Philox4x32-10")
struct PhiloxTests {
  /// The known answers that Random123 1.14 ships for `philox4x32 10` (its file `kat_vectors`).
  @Test(
    "Random123's known answers come out",
    arguments: [
      (
        SIMD4<UInt32>(0, 0, 0, 0), UInt64(0),
        SIMD4<UInt32>(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)
      ),
      (
        SIMD4<UInt32>(repeating: 0xFFFF_FFFF), UInt64.max,
        SIMD4<UInt32>(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)
      ),
      (
        SIMD4<UInt32>(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
        UInt64(0x299F_31D0_A409_3822),
        SIMD4<UInt32>(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)
      ),
    ])
  func knownAnswers(counter: SIMD4<UInt32>, key: UInt64, answer: SIMD4<UInt32>) {
    #expect(Philox4x32(key: key).block(counter) == answer)
  }
}

@Suite("RandomStream")
struct RandomStreamTests {
  private func first(
    seed: UInt64 = 1, purpose: String = "p", item: String = "i", draw: Int = 0
  ) -> UInt64 {
    var stream = RandomStream(seed: seed, purpose: purpose, item: item, draw: draw)
    return stream.next()
  }

  @Test("Every part of the address matters, and purpose and item do not run together")
  func address() {
    let numbers = [
      first(), first(seed: 2), first(purpose: "q"), first(item: "j"), first(draw: 1),
      first(purpose: "pi", item: ""), first(purpose: "", item: "pi"),
    ]
    #expect(Set(numbers).count == numbers.count)
    #expect(first() == numbers[0])
  }

  /// From Scripts/goldens/datasets.py, which has its own Philox and FNV-1a.
  @Test("The first numbers of an address never change")
  func pinned() {
    var stream = RandomStream(seed: 7, purpose: "distortion", item: "a.jpg", draw: 3)
    let numbers = (0..<3).map { _ in stream.next() }
    #expect(numbers == [0x30BD_A917_AD1A_438C, 0x43A4_C89E_2C45_5CBD, 0x5622_4845_69BC_727E])
    #expect(stream.uniform() == 0.3661718364656962)
    #expect(stream.permutation(5) == [0, 1, 4, 2, 3])
  }

  @Test("Uniform numbers fill [0, 1) evenly")
  func uniform() {
    var stream = RandomStream(seed: 5, purpose: "test")
    let numbers = (0..<20_000).map { _ in stream.uniform() }
    let mean = numbers.reduce(0, +) / 20_000
    let square = numbers.map { $0 * $0 }.reduce(0, +) / 20_000
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    // Five standard errors each: sqrt(1/12/n) and sqrt(4/45/n).
    #expect(abs(mean - 0.5) < 0.0103)
    #expect(abs(square - 1.0 / 3) < 0.0106)
  }

  @Test("Permutations hold every number once, and every order comes up")
  func permutations() {
    var stream = RandomStream(seed: 5, purpose: "test")
    var counts: [[Int]: Int] = [:]
    for _ in 0..<2400 {
      let order = stream.permutation(4)
      #expect(order.sorted() == [0, 1, 2, 3])
      counts[order, default: 0] += 1
    }
    // 100 expected each, standard deviation 9.8.
    #expect(counts.count == 24)
    #expect(counts.values.allSatisfy { (50...150).contains($0) })
  }
}
