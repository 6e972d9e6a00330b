import Models
import NeuralNetworks
import Tracking

/// A training run as specified in its YAML file.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
  /// What the corrected images are compared with.
  public enum Target: String, Codable, Sendable, CaseIterable {
    /// y, as in the paper.
    case canonical
    /// y seen through what is left of the distortion after the transformer: since the synthetic
    /// distortion is known, later stages need not blur to make up for its errors.
    case aligned
  }

  /// A phase's learning rate schedule.
  public enum Schedule: String, Codable, Sendable, CaseIterable {
    case constant
    /// Half a cosine, from the learning rate down to 2 % of it.
    case cosine
  }

  /// What is minimised: a weighted sum. All images are in the classifiers' normalised units.
  public struct Losses: Codable, Sendable, Equatable {
    /// Mean squared error (paper, equation 1).
    public var mse: Double
    /// Charbonnier's smooth absolute error.
    public var l1: Double
    /// Absolute difference of horizontal and vertical gradients: pays for sharpness.
    public var gradient: Double
    /// Mean squared error of what is left of each pixel after its mean over R, G, B: hue and
    /// saturation, which a plain squared error hardly sees beside brightness.
    public var chroma: Double
    /// Error of θ against the distortion's own, in pixels: Charbonnier's with ε = 0.5 of both
    /// coordinates of the crop's four corners. Needs the transformer.
    public var theta: Double
    /// λ of equation (1): the weight of the adversarial loss.
    public var adversarial: Double
    /// Images are averaged over windows of this size before they are compared.
    public var pool: Int

    /// Whether ŷ takes part at all, and not θ alone.
    public var compareImages: Bool { mse + l1 + gradient + chroma + adversarial > 0 }

    /// Weights, 0 or more; only the squared error by default.
    public init(
      mse: Double = 1, l1: Double = 0, gradient: Double = 0, chroma: Double = 0,
      theta: Double = 0, adversarial: Double = 0, pool: Int = 1
    ) {
      self.mse = mse
      self.l1 = l1
      self.gradient = gradient
      self.chroma = chroma
      self.theta = theta
      self.adversarial = adversarial
      self.pool = pool
    }
  }

  /// A stretch of training with one set of learning stages and losses.
  public struct Phase: Codable, Sendable, Equatable {
    /// Shown beside its steps, metrics and losses.
    public var name: String
    /// Stages that learn; the others stay as they are.
    public var learn: [CorrectorConfiguration.Stage]
    /// Stages that are applied: those up to the last that learns.
    public var active: [CorrectorConfiguration.Stage]
    /// Stages in whose place the distortion is undone as only training can, because it knows it: with
    /// `stn` images are read through the true θ, with `color` y has x's colours. So a later stage
    /// learns its own task instead of blurring over an earlier one's errors.
    public var exact: [CorrectorConfiguration.Stage]
    /// The share of steps in which images are read as the transformer's refinement says, the others by
    /// its sampler, so that a later stage learns to follow both; `nil` refines in all of them.
    public var refined: Double?
    /// Updates of the parameters.
    public var steps: Int
    /// Samples of a step.
    public var batch: Int
    /// Samples that are computed together, in memory and by batch norms; `nil` for the whole batch.
    public var microbatch: Int?
    /// Microbatches of a step.
    public var microbatches: Int { batch / (microbatch ?? batch) }
    /// Of Adam, after the warm-up.
    public var learningRate: Double
    /// How the learning rate falls.
    public var schedule: Schedule
    /// Steps over which the learning rate rises to its value.
    public var warmup: Int
    /// The largest norm of the generator's gradient; larger ones are scaled down.
    public var clip: Double?
    /// What ŷ is compared with.
    public var target: Target
    /// What is minimised.
    public var losses: Losses
  }

  /// The form of the generator's adversarial term.
  public enum AdversarialForm: String, Codable, Sendable, CaseIterable {
    /// log(1 − D(G(x))), as in equation (1).
    case saturating
    /// −log D(G(x)) (Goodfellow et al., 2014): the same goal with a gradient where D is sure.
    case nonSaturating = "non-saturating"
  }

  /// The discriminator D (paper, equation 1) and how it learns.
  public struct Adversary: Codable, Sendable, Equatable {
    /// Channels of the discriminator's three blocks.
    public var widths: [Int]
    /// Of D's Adam.
    public var learningRate: Double
    /// The generator's term.
    public var form: AdversarialForm
  }

  /// Names the run and its folder.
  public var name: String
  /// A one-line description; stored with the corrector.
  public var description: String?
  /// Of parameters, order of photos and distortions.
  public var seed: UInt64
  /// What images are distorted by, see `Distortion.identity`.
  public var distortion: String
  /// The file that it was read from, or `nil` for a preset.
  public var distortionFile: String?
  /// Whether half of the photos are mirrored, as a draw decides.
  public var flip: Bool
  /// The share of samples that stay undistorted, so that G learns to leave such images alone.
  public var undistorted: Double
  /// How many draws of its distortion each photo has, so that photographs need be made only once; `nil`
  /// draws anew in each epoch.
  public var variants: Int?
  /// What is trained.
  public var corrector: CorrectorConfiguration
  /// Used where a phase has an adversarial loss.
  public var discriminator: Adversary
  /// One after the other.
  public var phases: [Phase]
  /// Adam's β₁ and β₂.
  public var betas: [Double]
  /// Decay of the running mean of G's parameters that is written as the corrector, or `nil` to
  /// write the parameters themselves.
  public var averaging: Double?
  /// Steps between two metric reports; the end of a phase has one, too.
  public var reportEvery: Int
  /// Steps between two validations on held-out photos; the end of a phase has one, too.
  public var validateEvery: Int
  /// Steps between two checkpoints.
  public var checkpointEvery: Int
  /// Steps of the last phase that were added to a run that had come to its end; `nil` for none.
  public var extended: Int?

  /// Steps of all phases.
  public var totalSteps: Int { phases.reduce(0) { $0 + $1.steps } }
  /// Those of them that the run had from its start.
  var plannedSteps: Int { totalSteps - (extended ?? 0) }

  /// The same with another total, of which the last phase takes the difference to what was planned; its
  /// schedule spans all of its steps.
  package func extended(toSteps total: Int) -> TrainingConfiguration {
    guard let last = phases.indices.last, total > plannedSteps else {
      var result = self
      if let last = phases.indices.last { result.phases[last].steps -= extended ?? 0 }
      result.extended = nil
      return result
    }
    var result = self
    result.phases[last].steps += total - totalSteps
    result.extended = total - plannedSteps
    return result
  }

  /// Which steps belong to which phase.
  public var phasesBySteps: TrainingPhases { TrainingPhases(phases.map { ($0.name, $0.steps) }) }

  /// The same with another total, each phase keeping its share (largest remainders) and its
  /// warm-up in proportion. Reports and validations come as often as in the whole, so that a short
  /// run has curves, too; checkpoints never come later than after as many steps as now.
  public func scaled(toSteps total: Int) -> TrainingConfiguration {
    let sum = totalSteps
    guard sum > 0, total != sum else { return self }
    let shares = phases.map { Double($0.steps) * Double(total) / Double(sum) }
    var steps = shares.map { Int($0) }
    let order = shares.indices.sorted {
      (shares[$1] - Double(steps[$1]), $0) < (shares[$0] - Double(steps[$0]), $1)
    }
    for index in order.prefix(max(total - steps.reduce(0, +), 0)) { steps[index] += 1 }
    var result = self
    for index in phases.indices {
      result.phases[index].steps = steps[index]
      let warmup = Double(phases[index].warmup) * Double(total) / Double(sum)
      result.phases[index].warmup = Int(warmup.rounded())
    }
    func scaled(_ every: Int) -> Int {
      // `every` may be as large as an integer can be, for never.
      Int(min(max(Double(every) * Double(total) / Double(sum), 1), 1e15).rounded())
    }
    result.reportEvery = scaled(reportEvery)
    result.validateEvery = scaled(validateEvery)
    result.checkpointEvery = min(scaled(checkpointEvery), checkpointEvery)
    return result
  }
}
