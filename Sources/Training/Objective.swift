import Foundation
import Models
import NeuralNetworks
import Support
import Tensors

/// The losses of one phase, from a batch and what G made of it.
struct Objective {
  let phase: TrainingConfiguration.Phase
  let form: TrainingConfiguration.AdversarialForm

  /// The generator's loss and its parts by name, unweighted.
  struct Value {
    let total: Variable
    let parts: [(name: String, value: Float)]
  }

  /// What ŷ is compared with, `[N, 224, 224, 3]`.
  func target(_ tape: Tape, _ batch: TrainingBatch, theta: Variable?) throws -> Variable {
    let side = Corrector.outputSide
    return try tape.withoutRecording {
      var canonical = tape.constant(batch.canonical)
      if phase.target == .aligned, let theta {
        let rest = Self.composed(inverting: batch.theta, theta.value)
        let grid = try tape.affineGrid(
          tape.constant(rest), height: canonical.shape[1], width: canonical.shape[2])
        canonical = try tape.gridSample(canonical, grid: grid, sampling: .bicubic)
      }
      return try tape.centerCrop(canonical, height: side, width: side)
    }
  }

  /// - Parameter verdict: D's logits of ŷ, or `nil` without an adversary.
  func generatorLoss(
    _ tape: Tape, _ output: Corrector.Output, target: Variable, theta: Tensor,
    verdict: Variable?
  ) throws -> Value {
    let losses = phase.losses
    var terms: [(weight: Float, value: Variable)] = []
    var parts: [(name: String, value: Float)] = []
    func add(_ name: String, _ weight: Double, _ value: Variable) {
      terms.append((Float(weight), value))
      parts.append((name, value.value[0]))
    }
    var (image, goal) = (output.corrected, target)
    if losses.pool > 1 {
      image = try tape.averagePool(image, by: losses.pool)
      goal = try tape.averagePool(goal, by: losses.pool)
    }
    if losses.mse > 0 { add("mse", losses.mse, try tape.meanSquaredError(image, goal)) }
    if losses.l1 > 0 { add("l1", losses.l1, try tape.charbonnier(image, goal)) }
    if losses.gradient > 0 {
      add("gradient", losses.gradient, try tape.gradientDifference(image, goal))
    }
    if losses.theta > 0, let predicted = output.theta {
      add("theta", losses.theta, try tape.meanSquaredError(predicted, tape.constant(theta)))
    }
    if losses.adversarial > 0, let verdict {
      switch form {
      case .saturating:
        add("adversarial", losses.adversarial, try tape.meanLogOneMinusSigmoid(verdict))
      case .nonSaturating:
        add("adversarial", -losses.adversarial, try tape.meanLogSigmoid(verdict))
      }
    }
    let total = try tape.combine(terms)
    return Value(total: total, parts: [("loss", total.value[0])] + parts)
  }

  /// −(E log D(y) + λ E log(1 − D(ŷ))), which D minimises (equation 1).
  func discriminatorLoss(_ tape: Tape, real: Variable, fake: Variable) throws -> Variable {
    try tape.combine([
      (-1, try tape.meanLogSigmoid(real)),
      (-Float(phase.losses.adversarial), try tape.meanLogOneMinusSigmoid(fake)),
    ])
  }

  /// true⁻¹ ∘ predicted for each of `[N, 2, 3]`: where y has to be read so that it shows what x shows
  /// through the predicted θ.
  static func composed(inverting truth: Tensor, _ predicted: Tensor) -> Tensor {
    let (t, p) = (truth.elements.map(Double.init), predicted.elements.map(Double.init))
    return Tensor(truth.shape) { memory in
      for base in stride(from: 0, to: memory.count, by: 6) {
        let determinant = t[base] * t[base + 4] - t[base + 1] * t[base + 3]
        let inverse = [
          t[base + 4] / determinant, -t[base + 1] / determinant,
          -t[base + 3] / determinant, t[base] / determinant,
        ]
        for row in 0..<2 {
          let (a, b) = (inverse[2 * row], inverse[2 * row + 1])
          for column in 0..<3 {
            var sum = a * p[base + column] + b * p[base + 3 + column]
            if column == 2 { sum -= a * t[base + 2] + b * t[base + 5] }
            memory[base + 3 * row + column] = Float(sum)
          }
        }
      }
    }
  }

  /// The learning rate at a step of the phase.
  func learningRate(step: Int) -> Double {
    switch phase.schedule {
    case .constant: return phase.learningRate
    case .cosine:
      let progress = Double(step) / Double(max(phase.steps, 1))
      return phase.learningRate * (0.02 + 0.98 * (1 + cos(.pi * progress)) / 2)
    }
  }
}
