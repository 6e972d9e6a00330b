import Support
import Tensors

/// Reverse-mode differentiation: operations are computed at once and recorded; `backward` goes
/// through the record from its end and applies each operation's vector-Jacobian product.
///
/// ```swift
/// let tape = Tape(backend: backend, context: context)
/// let y = try tape.convolution(tape.constant(x), weight: tape.use(weight), padding: 1)
/// try tape.backward(from: tape.meanSquaredError(y, tape.constant(target)))
/// ```
/// A network runs on it with a set of parameters; several networks may share one record
/// (`init(_:_:isTraining:)`). Results are the same bits for any number of threads (`TrainingPass.parts`). One caller
/// at a time.
public struct Tape {
  /// Threads and scratch memory.
  public let context: ComputeContext
  /// Computes the convolutions.
  public let backend: any Backend
  /// Where activations and gradients live; steady after the first training step.
  public let buffers: BufferPool
  /// Of the network that runs on the tape.
  private(set) var parameters = ParameterSet([], seed: 0)
  private(set) var isTraining = false
  private let history: History

  private final class History {
    var isRecording = true
    var steps: [Step] = []
  }

  /// Gets the gradient of an operation's result, which it may overwrite if `writable` allows, and adds to
  /// the slots of the operation's inputs.
  typealias Backward = (inout Tensor) throws -> Void

  private struct Step {
    let inputs: [GradientSlot]
    let output: GradientSlot
    let backward: Backward
  }

  /// An empty record, for computations whose parameters are given where they are used.
  public init(backend: any Backend, context: ComputeContext) {
    self.context = context
    self.backend = backend
    buffers = BufferPool()
    history = History()
  }

  /// An empty record of its own, with the memory of another one.
  public init(besides tape: Tape) {
    (context, backend, buffers) = (tape.context, tape.backend, tape.buffers)
    history = History()
  }

  /// The same record, for a network with these parameters.
  ///
  /// - Parameter isTraining: whether batch norms use the batch's statistics and update the running
  ///   ones.
  public init(_ tape: Tape, _ parameters: ParameterSet, isTraining: Bool) {
    self = tape
    self.parameters = parameters
    self.isTraining = isTraining
  }

  /// Whether operations are recorded.
  var isRecording: Bool { history.isRecording }

  /// A value without gradient.
  public func constant(_ value: Tensor) -> Variable { Variable(value: value, slot: nil) }

  /// A value whose gradient `gradient(of:)` returns after `backward`.
  public func variable(_ value: Tensor) -> Variable {
    Variable(value: value, slot: GradientSlot())
  }

  /// A parameter in a computation; its gradient gathers in `parameter.gradient` unless it is frozen.
  public func use(_ parameter: TrainableParameter) -> Variable {
    Variable(
      value: parameter.value, slot: isRecording && !parameter.isFrozen ? parameter.slot : nil)
  }

  /// The gradient that backward passes have left at a leaf, or `nil` when none reached it.
  public func gradient(of variable: Variable) -> Tensor? { variable.slot?.gradient }

  /// Operations in `body` are computed without a record: no gradients, and activations are freed as
  /// soon as nobody uses them.
  public func withoutRecording<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = history.isRecording
    history.isRecording = false
    defer { history.isRecording = before }
    return try body()
  }

  /// Forgets what was recorded and not passed back.
  public func clear() {
    for slot in history.steps.flatMap(\.inputs) { slot.endUse(isForgotten: true) }
    history.steps = []
  }

  /// Adds the gradients of a value to every leaf and parameter that it was computed from, and
  /// empties the record. Activations are freed on the way.
  ///
  /// - Parameter gradient: of the final result with respect to `output`; default all ones, which is
  ///   what a loss needs.
  /// - Throws: `UserError` when the shapes differ, nothing recorded leads to `output`, or the back
  ///   end fails.
  public func backward(from output: Variable, gradient: Tensor? = nil) throws {
    guard let slot = output.slot else {
      throw UserError("nothing to differentiate: the result does not depend on any parameter")
    }
    defer { clear() }
    let seed = gradient ?? Tensor(output.shape) { $0.update(repeating: 1) }
    guard seed.shape == output.shape else {
      throw UserError("the gradient \(seed.shape) does not fit the result \(output.shape)")
    }
    slot.accumulate(seed, on: self)
    while let step = history.steps.popLast() {
      defer { for slot in step.inputs { slot.endUse() } }
      guard var upstream = step.output.gradient else { continue }
      step.output.gradient = nil
      if let output = step.output.cut, !step.output.isCut {
        upstream = reluGradient(&upstream, output: output)
      }
      try step.backward(&upstream)
    }
  }

  /// Records an operation if one of its inputs wants a gradient. `backward` must capture slots and the
  /// tensors it needs, not variables.
  ///
  /// - Parameter relu: whether the operation ends in a ReLU; `backward` gets the gradient before it.
  func record(
    _ value: Tensor, from inputs: [Variable?], relu: Bool = false,
    _ backward: @escaping Backward
  ) -> Variable {
    guard isRecording, inputs.contains(where: { $0?.slot != nil }) else { return constant(value) }
    let slot = GradientSlot(cut: relu ? value : nil)
    let slots = inputs.compactMap { $0?.slot }
    for slot in slots { slot.expectUse() }
    history.steps.append(Step(inputs: slots, output: slot, backward: backward))
    return Variable(value: value, slot: slot)
  }

  /// - Throws: a `UserError` with the text unless the condition holds.
  func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
    if !condition { throw UserError(problem()) }
  }
}

// MARK: - Memory and forward computation of operations

extension Tape {
  /// Uninitialised memory from the pool.
  func allocate(_ count: Int) -> AlignedBuffer {
    AlignedBuffer(uninitialized: count, from: buffers)
  }

  /// A tensor in the pool's memory, to be written before it is read.
  func uninitialized(_ shape: [Int]) -> Tensor {
    Tensor(shape, storage: allocate(shape.reduce(1, *)))
  }

  /// Memory for a result of the same size as `tensor`: its own, when nobody else holds it.
  func writable(_ tensor: inout Tensor) -> AlignedBuffer {
    tensor.hasUniqueStorage() ? tensor.storage : allocate(tensor.count)
  }

  /// The way back to x alone; `gradient` writes the gradient of x, all of it, from that of the result.
  func backward(
    to x: Variable,
    _ gradient: @escaping (_ upstream: ActivationView, _ dx: ActivationView) -> Void
  ) -> Backward {
    let (slot, shape) = (x.slot, x.shape)
    return { upstream in
      add(to: slot, shape) { gradient(upstream.activations, $0.activations) }
    }
  }

  /// Adds the gradient that `write` computes, where one is wanted.
  func add(
    to slot: GradientSlot?, _ shape: [Int], _ write: (Tensor) throws -> Void
  ) rethrows {
    guard let slot else { return }
    let gradient = uninitialized(shape)
    try write(gradient)
    slot.accumulate(gradient, on: self)
  }

  /// What an operation makes of values, as it does in inference.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  func compute(_ operation: some FloatOperation, _ inputs: [Tensor]) throws -> Tensor {
    try operation.result(of: inputs, from: buffers, context)
  }
}

/// Networks on a tape: parameters are those of its set.
extension Tape: Computation {
  /// - Throws: `UserError` for a parameter that the network did not declare.
  public func use(_ parameter: Parameter) throws -> Variable {
    use(try parameters.trainable(parameter))
  }

  /// The shape of one image of the value.
  ///
  /// - Throws: `UserError` when the value is not `[N, H, W, C]`.
  public func shape(of x: Variable) throws -> FeatureShape {
    try require(x.shape.count == 4, "a layer takes activations [N, H, W, C], not \(x.shape)")
    return x.value.activations.features
  }
}
