import Evaluation
import Imaging
import Support
import Testing
import Tracking

@Suite("Predictions from logits, tensors from pixels")
struct PredictionTests {
  @Test("class, rank and softmax; equal logits go by lower index")
  func prediction() throws {
    let logits: [Float] = [1.5, -2, 3.25, 3.25, 0]
    let first = try Prediction(logits: logits, label: 2)
    #expect(first.predicted == 2 && first.labelRank == 0)
    #expect(abs(first.probability - 0.450898165990052) < 1e-14)
    #expect(first.labelProbability == first.probability)
    let tied = try Prediction(logits: logits, label: 3)
    #expect(tied.predicted == 2 && tied.labelRank == 1)
    let last = try Prediction(logits: logits, label: 1)
    #expect(last.labelRank == 4)
    #expect(abs(last.labelProbability - 0.00236609642218994) < 1e-15)
  }

  @Test("among some classes it is as if the network had no others")
  func masked() throws {
    let logits: [Float] = [9, -2, 3.25, 3.25, 0, .nan]
    let masked = try Prediction(logits: logits, label: 3, among: [1, 2, 3, 4])
    let alone = try Prediction(logits: [Float(-2), 3.25, 3.25, 0], label: 2)
    #expect(masked.predicted == 2 && masked.labelRank == 1)
    #expect(masked.probability == alone.probability)
    #expect(masked.labelProbability == alone.labelProbability)
    for classes in [[], [1, 2], [3, 6]] {
      #expect(throws: UserError.self) {
        try Prediction(logits: logits, label: 3, among: classes)
      }
    }
  }

  @Test("of several right classes the one counts that the network likes best")
  func severalRight() throws {
    let logits: [Float] = [1.5, -2, 3.25, 3.25, 0]
    let best = try Prediction(logits: logits, label: 1, alsoRight: [0, 3])
    #expect(best == (try Prediction(logits: logits, label: 3)))
    // Equal logits go by lower index.
    let tied = try Prediction(logits: logits, label: 3, alsoRight: [2])
    #expect(tied.labelRank == 0 && tied.predicted == 2)
    // One that a prediction cannot be counts for nothing.
    let masked = try Prediction(logits: logits, label: 1, alsoRight: [2], among: [0, 1, 4])
    #expect(masked.predicted == 0 && masked.labelRank == 2)
    #expect(throws: UserError.self) { try Prediction(logits: logits, label: 1, alsoRight: [5]) }
  }

  @Test("huge logits do not overflow")
  func stable() throws {
    let prediction = try Prediction(logits: [Float(3e38), -3e38], label: 1)
    #expect(prediction.probability == 1 && prediction.labelProbability == 0)
  }

  @Test("a logit that is not finite, or a label without one, is an error")
  func bad() {
    #expect(throws: UserError.self) { try Prediction(logits: [0, Float.nan], label: 0) }
    #expect(throws: UserError.self) { try Prediction(logits: [0, Float.infinity], label: 0) }
    #expect(throws: UserError.self) { try Prediction(logits: [Float(0), 1], label: 2) }
    #expect(throws: UserError.self) { try Prediction(logits: [Float(0), 1], label: -1) }
  }
}
