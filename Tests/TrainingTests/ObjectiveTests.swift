import Foundation
import Models
import NeuralNetworks
import Tensors
import Testing
import Training

@Suite("Training: targets, losses and learning rates")
struct ObjectiveTests {
  private let tape: Tape

  init() throws {
    tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 1))
  }

  private func phase(_ edit: (inout TrainingConfiguration.Phase) -> Void) throws
    -> TrainingConfiguration.Phase
  {
    var phase = try TrainingConfiguration(yaml: tinyYAML(), file: "tiny.yaml").phases[0]
    edit(&phase)
    return phase
  }

  private func largest(_ a: Variable, _ b: Variable) -> Float {
    zip(a.value.elements, b.value.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("the aligned target is y itself where θ is right, and x's view of y without a transformer")
  func aligned() throws {
    let batch = TwinWeights.batch(0)
    let aligned = Objective(phase: try phase { $0.target = .aligned }, form: .saturating)
    let canonical = Objective(phase: try phase { $0.target = .canonical }, form: .saturating)
    let y = try canonical.target(tape, batch, theta: nil)
    #expect(y.shape == [2, 224, 224, 3])
    let right = try aligned.target(tape, batch, theta: tape.constant(batch.theta))
    #expect(largest(y, right) < 1e-3)
    // x = y(θ⁻¹ q) exactly, were θ all that was done to it.
    let untouched = try aligned.target(tape, batch, theta: nil)
    let grid = try tape.grid(
      of: tape.constant(Self.inverted(batch.theta)), height: 256, width: 256)
    let x = try tape.centerCrop(
      try tape.gridSample(tape.constant(batch.canonical), grid: grid, sampling: .bicubic),
      height: 224, width: 224)
    #expect(largest(untouched, x) < 1e-3)
    #expect(largest(untouched, y) > 0.05)
  }

  /// Inverses of `[N, 2, 3]` by Gauss and Jordan on 3×3, as a plain oracle.
  private static func inverted(_ theta: Tensor) -> Tensor {
    let e = theta.elements.map(Double.init)
    return Tensor(theta.shape) { memory in
      for base in stride(from: 0, to: e.count, by: 6) {
        var rows = [
          [e[base], e[base + 1], e[base + 2], 1, 0, 0],
          [e[base + 3], e[base + 4], e[base + 5], 0, 1, 0], [0, 0, 1, 0, 0, 1],
        ]
        for pivot in 0..<3 {
          rows[pivot] = rows[pivot].map { [p = rows[pivot][pivot]] in $0 / p }
          for other in 0..<3 where other != pivot {
            let factor = rows[other][pivot]
            for column in 0..<6 { rows[other][column] -= factor * rows[pivot][column] }
          }
        }
        for row in 0..<2 {
          for column in 0..<3 { memory[base + 3 * row + column] = Float(rows[row][3 + column]) }
        }
      }
    }
  }

  @Test("composed is the product of matrices")
  func composed() throws {
    let truth = TwinWeights.batch(1).theta
    let predicted = TwinWeights.batch(2).theta
    let found = Objective.composed(inverting: truth, predicted).elements
    let (a, b) = (Self.inverted(truth).elements, predicted.elements)
    for base in [0, 6] {
      for row in 0..<2 {
        for column in 0..<3 {
          let own = a[base + 3 * row] * b[base + column]
          let expected =
            own + a[base + 3 * row + 1] * b[base + 3 + column]
            + (column == 2 ? a[base + 3 * row + 2] : 0)
          #expect(abs(found[base + 3 * row + column] - expected) < 1e-5)
        }
      }
    }
  }

  @Test("the chroma loss is the variance of a difference over the channels")
  func chroma() throws {
    let objective = Objective(
      phase: try phase {
        $0.losses = TrainingConfiguration.Losses(mse: 0, chroma: 2)
      }, form: .saturating)
    let shape = [1, 224, 224, 3]
    func filled(_ color: [Float]) -> Tensor {
      Tensor(shape) { memory in for index in 0..<memory.count { memory[index] = color[index % 3] } }
    }
    let corrector = try Corrector(
      CorrectorConfiguration(stages: [.color]), seed: 0)
    for (difference, expected) in [([0.5, 0.5, 0.5], 0), ([0.3, 0, -0.3], 0.12)]
      as [([Float], Float)]
    {
      let x = Tensor([1, 256, 256, 3]) { memory in
        for index in 0..<memory.count { memory[index] = difference[index % 3] }
      }
      let output = try corrector(tape, tape.constant(x))
      let value = try objective.generatorLoss(
        tape, output, target: tape.constant(filled([0, 0, 0])), theta: Tensor(zeros: [1, 2, 3]),
        verdict: nil)
      #expect(abs(value.total.value[0] - expected) < 1e-5)
    }
  }

  @Test("learning rates at the ends of a phase")
  func learningRates() throws {
    func rates(_ edit: (inout TrainingConfiguration.Phase) -> Void) throws -> [Double] {
      let objective = Objective(
        phase: try phase {
          ($0.steps, $0.learningRate) = (100, 0.5)
          edit(&$0)
        }, form: .saturating)
      return [0, 4, 50, 99].map { objective.learningRate(step: $0) }
    }
    func near(_ a: [Double], _ b: [Double]) -> Bool {
      zip(a, b).allSatisfy { abs($0 - $1) < 1e-3 * $1 }
    }
    #expect(near(try rates { $0.schedule = .constant }, [0.5, 0.5, 0.5, 0.5]))
    let rise = try rates { ($0.schedule, $0.warmup) = (.constant, 10) }
    #expect(near(rise, [0.05, 0.25, 0.5, 0.5]))
    // Half a cosine: 0.5 · (0.02 + 0.98 · (1 + cos πt) / 2).
    let cosine = try rates { $0.schedule = .cosine }
    #expect(near(cosine, [0.5, 0.498066, 0.255, 0.010121]), "\(cosine)")
  }
}
