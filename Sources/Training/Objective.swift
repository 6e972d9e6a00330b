import Foundation
import Models
import NeuralNetworks
import Support
import Tensors

/// The losses of one phase, from a batch and what G made of it.
package struct Objective {
  let phase: TrainingConfiguration.Phase
  let form: TrainingConfiguration.AdversarialForm

  /// The losses that a phase weighs.
  package init(
    phase: TrainingConfiguration.Phase, form: TrainingConfiguration.AdversarialForm
  ) {
    self.phase = phase
    self.form = form
  }

  /// The generator's loss and its parts by name, unweighted.
  package struct Value {
    /// Their weighted sum, a scalar.
    package let total: Variable
    let parts: [(name: String, value: Float)]
  }

  /// What ŷ is compared with, `[N, 224, 224, 3]`.
  package func target(_ tape: Tape, _ batch: TrainingBatch, theta: Variable?) throws -> Variable {
    let side = ImageSide.canonical
    return try tape.withoutRecording {
      var canonical = tape.constant(batch.canonical)
      if phase.target == .aligned {
        // Without a transformer all of the distortion is left.
        let predicted = theta?.value ?? Self.identity(batch.theta.shape)
        let rest = Self.composed(inverting: batch.theta, predicted)
        let grid = try tape.affineGrid(
          tape.constant(rest), height: canonical.shape[1], width: canonical.shape[2])
        canonical = try tape.gridSample(canonical, grid: grid, sampling: .bicubic)
      }
      return try tape.centerCrop(canonical, height: side, width: side)
    }
  }

  /// - Parameter verdict: D's logits of ŷ, or `nil` without an adversary.
  package func generatorLoss(
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
    if losses.chroma > 0 {
      add("chroma", losses.chroma, try chromaError(tape, image, goal))
    }
    if losses.theta > 0, let predicted = output.theta {
      add("theta", losses.theta, try cornerError(tape, predicted, theta))
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

  /// The loss of a phase that looks at θ alone.
  func thetaLoss(_ tape: Tape, _ predicted: Variable, _ truth: Tensor) throws -> Value {
    let error = try cornerError(tape, predicted, truth)
    let total = tape.multiply(error, by: Float(phase.losses.theta))
    return Value(total: total, parts: [("loss", total.value[0]), ("theta", error.value[0])])
  }

  /// Mean squared error of the pixels without their mean over the channels, a linear map of them.
  private func chromaError(_ tape: Tape, _ image: Variable, _ goal: Variable) throws -> Variable {
    let matrix = tape.constant(
      Tensor([image.shape[0], 3, 4]) { memory in
        for index in 0..<memory.count {
          let (row, column) = (index % 12 / 4, index % 4)
          memory[index] = column == 3 ? 0 : (row == column ? 1 : 0) - 1 / 3
        }
      })
    return try tape.meanSquaredError(
      try tape.colorMatrix(image, matrix: matrix), try tape.colorMatrix(goal, matrix: matrix))
  }

  /// Charbonnier's error of where two θ put the corners of the 224×224 crop, in pixels of 256.
  private func cornerError(
    _ tape: Tape, _ predicted: Variable, _ truth: Tensor
  ) throws -> Variable {
    let numbers = CorrectorConfiguration.STN.corners.flatMap { $0 }
    let positions = Tensor([8, 6]) { memory in _ = memory.update(fromContentsOf: numbers) }
    func corners(_ theta: Variable) throws -> Variable {
      try tape.linear(
        try tape.reshape(theta, [theta.shape[0], 6]), weight: tape.constant(positions),
        bias: tape.constant(Tensor(zeros: [8])))
    }
    return try tape.charbonnier(
      try corners(predicted), try corners(tape.constant(truth)), epsilon: 0.5)
  }

  /// −(E log D(y) + λ E log(1 − D(ŷ))), which D minimises (equation 1).
  func discriminatorLoss(_ tape: Tape, real: Variable, fake: Variable) throws -> Variable {
    try tape.combine([
      (-1, try tape.meanLogSigmoid(real)),
      (-Float(phase.losses.adversarial), try tape.meanLogOneMinusSigmoid(fake)),
    ])
  }

  private static func identity(_ shape: [Int]) -> Tensor {
    Tensor(shape) { memory in
      for index in 0..<memory.count { memory[index] = index % 6 % 4 == 0 ? 1 : 0 }
    }
  }

  /// true⁻¹ ∘ predicted for each of `[N, 2, 3]`: where y has to be read so that it shows what x shows
  /// through the predicted θ.
  package static func composed(inverting truth: Tensor, _ predicted: Tensor) -> Tensor {
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
  package func learningRate(step: Int) -> Double {
    let rise = phase.warmup > 0 ? min(1, Double(step + 1) / Double(phase.warmup)) : 1
    switch phase.schedule {
    case .constant: return rise * phase.learningRate
    case .cosine:
      let progress = Double(step) / Double(max(phase.steps, 1))
      return rise * phase.learningRate * (0.02 + 0.98 * (1 + cos(.pi * progress)) / 2)
    }
  }
}
