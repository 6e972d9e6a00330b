import Datasets
import Support
import Testing

@Suite("Draws of the distortion")
struct DistortionDrawTests {
  @Test("Draws equal those of the independent Python code, to the last bit, and never change")
  func pinned() throws {
    for (name, photo) in try Goldens.load().photos {
      for golden in photo.draws {
        let drawn = DistortionRanges.paper.draw(seed: golden.seed, item: name, draw: golden.draw)
        #expect(drawn == golden.parameters)
      }
    }
  }

  @Test("Seed, item and draw each change a distortion; the order of asking does not")
  func address() {
    let ranges = DistortionRanges.paper
    let first = ranges.draw(seed: 1, item: "a.jpg", draw: 0)
    let others = [
      ranges.draw(seed: 2, item: "a.jpg", draw: 0), ranges.draw(seed: 1, item: "b.jpg", draw: 0),
      ranges.draw(seed: 1, item: "a.jpg", draw: 1),
    ]
    #expect(others.allSatisfy { $0.rotation != first.rotation && $0.hue != first.hue })
    #expect(ranges.draw(seed: 1, item: "a.jpg", draw: 0) == first)
  }

  @Test("All draws lie in the paper's ranges and reach near their ends; every order comes up")
  func ranges() {
    let draws = (0..<2000).map { DistortionRanges.paper.draw(seed: 4, item: "x", draw: $0) }
    func covers(_ range: ClosedRange<Double>, _ value: (DistortionParameters) -> Double) {
      let values = draws.map(value)
      let margin = (range.upperBound - range.lowerBound) / 100
      #expect(values.allSatisfy(range.contains))
      #expect(values.contains { $0 < range.lowerBound + margin })
      #expect(values.contains { $0 > range.upperBound - margin })
    }
    covers(-5...5, \.rotation)
    covers(0.8...1.1, \.scale)
    covers(-5...5, \.shear)
    covers(0.75...1.25, \.brightness)
    covers(0.75...1.25, \.contrast)
    covers(0.75...1.25, \.saturation)
    covers(-0.1...0.1, \.hue)
    #expect(Set(draws.map(\.translateX)) == Set(-13...13))
    #expect(Set(draws.map(\.translateY)) == Set(-13...13))
    #expect(Set(draws.map(\.order)).count == 24)
    #expect(draws.allSatisfy { $0.interpolation == .nearest })
  }

  @Test("Ranges from which something impossible could be drawn are errors")
  func impossibleRanges() {
    func make(
      translation: Double = 0, scale: ClosedRange<Double> = 1...1,
      shear: ClosedRange<Double> = 0...0, contrast: ClosedRange<Double> = 1...1,
      hue: ClosedRange<Double> = 0...0
    ) throws -> Distortion {
      let ranges = [("scale", scale), ("shear", shear), ("contrast", contrast), ("hue", hue)]
      let lines = ranges.map { "\($0): [\($1.lowerBound), \($1.upperBound)]\n" }.joined()
      return try Distortion(
        definition: "version: 1\nkind: affine\ntranslation: \(translation)\n\(lines)",
        identity: "test")
    }
    #expect(throws: Never.self) { try make() }
    #expect(throws: UserError.self) { try make(translation: 1.5) }
    #expect(throws: UserError.self) { try make(translation: .nan) }
    #expect(throws: UserError.self) { try make(scale: 0...1) }
    #expect(throws: UserError.self) { try make(shear: 0...90) }
    #expect(throws: UserError.self) { try make(contrast: -1...1) }
    #expect(throws: UserError.self) { try make(hue: 0...0.6) }
    #expect(throws: UserError.self) { try make(scale: 1...Double.infinity) }
  }
}
