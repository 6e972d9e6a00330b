import CKernels
import Foundation
import Support
import Tensors

/// Adam (Kingma and Ba, 2015), by the formula of `torch.optim.Adam` without `amsgrad`.
public final class Adam {
  /// What may change between steps, and is configuration otherwise.
  public struct Options: Sendable, Equatable {
    /// The factor of a step, α.
    public var learningRate: Double
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// Added to the root of the second moment.
    public var epsilon: Double
    /// L2 penalty, added to the gradient (not AdamW's).
    public var weightDecay: Double

    /// PyTorch's defaults.
    public init(
      learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
      epsilon: Double = 1e-8, weightDecay: Double = 0
    ) {
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  /// What a checkpoint keeps of one parameter.
  public struct Moments: Sendable {
    /// `exp_avg`, in the parameter's shape.
    public var first: Tensor
    /// `exp_avg_sq`, in the parameter's shape.
    public var second: Tensor
    /// Steps that this parameter has taken.
    public var steps: Int

    /// Moments as a checkpoint has them.
    public init(first: Tensor, second: Tensor, steps: Int) {
      self.first = first
      self.second = second
      self.steps = steps
    }
  }

  /// Of the next step.
  public var options: Options
  /// The parameters, in the order given.
  public let parameters: [TrainableParameter]
  /// Moments by the parameters' names; a parameter that has never had a gradient has none.
  public private(set) var moments: [String: Moments] = [:]
  private let context: ComputeContext

  /// An optimiser without moments.
  public init(
    _ parameters: [TrainableParameter], options: Options = Options(), context: ComputeContext
  ) {
    self.parameters = parameters
    self.options = options
    self.context = context
  }

  /// Takes moments over from a checkpoint.
  ///
  /// - Throws: `UserError` naming the parameter whose moments are of another shape or unknown.
  public func restore(_ moments: [String: Moments]) throws {
    let shapes = Dictionary(
      parameters.map { ($0.name, $0.value.shape) }, uniquingKeysWith: { first, _ in first })
    for (name, moment) in moments {
      guard let shape = shapes[name] else {
        throw UserError("optimiser state of \(name), which is not a parameter of this network")
      }
      guard moment.first.shape == shape, moment.second.shape == shape, moment.steps >= 0 else {
        throw UserError("optimiser state of \(name) is \(moment.first.shape), not \(shape)")
      }
    }
    self.moments = moments
  }

  /// Changes every parameter that has a gradient and is not frozen; gradients stay.
  ///
  /// - Parameter scale: multiplies the gradients, e.g. the factor of `GradientNorm.clipFactor`.
  public func step(scale: Float = 1) {
    for parameter in parameters where !parameter.isFrozen {
      guard let gradient = parameter.gradient else { continue }
      update(parameter, gradient, scale: scale)
    }
  }

  private func update(_ parameter: TrainableParameter, _ gradient: Tensor, scale: Float) {
    let name = parameter.name
    let shape = parameter.value.shape
    // Taken out of the dictionary, so that the memory has one owner and changes in place.
    var state =
      moments.removeValue(forKey: name)
      ?? Moments(first: Tensor(zeros: shape), second: Tensor(zeros: shape), steps: 0)
    state.steps += 1
    let (beta1, beta2) = (options.beta1, options.beta2)
    let stepSize = options.learningRate / (1 - pow(beta1, Double(state.steps)))
    let correction = (1 - pow(beta2, Double(state.steps))).squareRoot()
    let (g, w) = (gradient.storage, parameter.value.uniqueStorage())
    let (m, v) = (state.first.uniqueStorage(), state.second.uniqueStorage())
    context.elementwise(gradient.count) { range in
      let at = range.lowerBound
      rg_adam(
        w.pointer + at, g.pointer + at, m.pointer + at, v.pointer + at, range.count, scale,
        Float(options.weightDecay), Float(1 - beta1), Float(beta2), Float(1 - beta2),
        Float(stepSize), Float(correction), Float(options.epsilon))
    }
    moments[name] = state
  }
}
