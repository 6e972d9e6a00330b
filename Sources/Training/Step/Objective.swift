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
        let predicted = theta?.value ?? Self.identity(batch.theta.shape[0])
        let rest = Self.composed(inverting: batch.theta, predicted)
        let grid = try tape.grid(
          of: tape.constant(rest), height: canonical.shape[1], width: canonical.shape[2])
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
    func corners(_ theta: Variable) throws -> Variable {
      let numbers = theta.value.count / theta.shape[0]
      let corners = Theta.Corners(numbers: numbers)
      func linear(_ rows: [[Float]], plus offset: Float) throws -> Variable {
        let weight = Tensor([8, numbers]) { memory in
          _ = memory.update(fromContentsOf: rows.joined())
        }
        return try tape.linear(
          try tape.reshape(theta, [theta.shape[0], numbers]), weight: tape.constant(weight),
          bias: tape.constant(Tensor([Float](repeating: offset, count: 8))))
      }
      let places = try linear(corners.places, plus: 0)
      return corners.depths.isEmpty
        ? places : try tape.divide(places, by: linear(corners.depths, plus: 1))
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

  private static func identity(_ count: Int) -> Tensor {
    Tensor([count, 6]) { memory in
      for index in 0..<memory.count { memory[index] = index % 6 % 4 == 0 ? 1 : 0 }
    }
  }

  /// true⁻¹ ∘ predicted for each image, `[N, 6]` or, where one of both is a homography, `[N, 8]`: where y
  /// has to be read so that it shows what x shows through the predicted θ.
  package static func composed(inverting truth: Tensor, _ predicted: Tensor) -> Tensor {
    let batch = truth.shape[0]
    let numbers = max(truth.count, predicted.count) / batch
    return Tensor([batch, numbers]) { memory in
      for image in 0..<batch {
        let rest = quotient(predicted.homography(image).elements, truth.homography(image).elements)
        for index in 0..<numbers { memory[image * numbers + index] = Float(rest[index]) }
      }
    }
  }

  /// t⁻¹ p of two 3×3 matrices, its last number made 1. Solved block by block, t = [a b; c 1], which for
  /// affine maps, whose c is 0, rounds nothing more than those need.
  private static func quotient(_ p: [Double], _ t: [Double]) -> [Double] {
    let determinant = t[0] * t[4] - t[1] * t[3]
    let inverse = [
      t[4] / determinant, -t[1] / determinant, -t[3] / determinant, t[0] / determinant,
    ]
    func divided(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      (inverse[0] * x + inverse[1] * y, inverse[2] * x + inverse[3] * y)
    }
    let b = divided(t[2], t[5])
    var rest = [Double](repeating: 0, count: 9)
    for column in 0..<3 {
      let own = divided(p[column], p[3 + column])
      let w =
        (p[6 + column] - (t[6] * own.x + t[7] * own.y)) / (1 - (t[6] * b.x + t[7] * b.y))
      (rest[column], rest[3 + column], rest[6 + column]) = (own.x - b.x * w, own.y - b.y * w, w)
    }
    return rest.map { $0 / rest[8] }
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
