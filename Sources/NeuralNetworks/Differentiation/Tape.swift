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
/// Results depend on the number of threads at most in the last bits, and are the same bit for bit
/// in every run with that number. One caller at a time.
public final class Tape {
  /// Threads and scratch memory.
  public let context: ComputeContext
  /// Computes the convolutions.
  public let backend: any Backend
  /// Where activations and gradients live; steady after the first training step.
  public let buffers = BufferPool()
  /// Whether operations are recorded.
  public private(set) var isRecording = true
  private var steps: [Step] = []

  private struct Step {
    let output: GradientSlot
    let backward: (inout Tensor) throws -> Void
  }

  public init(backend: any Backend, context: ComputeContext) {
    self.backend = backend
    self.context = context
  }

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
    let before = isRecording
    isRecording = false
    defer { isRecording = before }
    return try body()
  }

  /// Forgets what was recorded and not passed back.
  public func clear() { steps = [] }

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
    defer { steps = [] }
    let seed = gradient ?? Tensor(output.shape) { $0.update(repeating: 1) }
    guard seed.shape == output.shape else {
      throw UserError("the gradient \(seed.shape) does not fit the result \(output.shape)")
    }
    slot.accumulate(seed, on: self)
    while let step = steps.popLast() {
      guard var upstream = step.output.gradient else { continue }
      step.output.gradient = nil
      if let output = step.output.cut, !step.output.isCut {
        upstream = reluGradient(&upstream, output: output, slope: 0)
      }
      try step.backward(&upstream)
    }
  }

  /// Records an operation if one of its inputs wants a gradient. `backward` gets the gradient of the
  /// output, which it may overwrite if `writable` allows, and adds to the slots of the inputs; it
  /// must capture slots and the tensors it needs, not variables.
  ///
  /// - Parameter relu: whether the operation ends in a ReLU; `backward` gets the gradient before it.
  func record(
    _ value: Tensor, from inputs: [Variable?], relu: Bool = false,
    _ backward: @escaping (inout Tensor) throws -> Void
  ) -> Variable {
    guard isRecording, inputs.contains(where: { $0?.slot != nil }) else { return constant(value) }
    let slot = GradientSlot(cut: relu ? value : nil)
    steps.append(Step(output: slot, backward: backward))
    return Variable(value: value, slot: slot)
  }

  /// Uninitialised memory from the pool.
  func allocate(_ count: Int) -> AlignedBuffer {
    AlignedBuffer(uninitialized: count, from: buffers)
  }

  /// Memory for a result of the same size as `tensor`: its own, when nobody else holds it.
  func writable(_ tensor: inout Tensor) -> AlignedBuffer {
    tensor.hasUniqueStorage() ? tensor.storage : allocate(tensor.count)
  }

  /// - Throws: a `UserError` with the text unless the condition holds.
  func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
    if !condition { throw UserError(problem()) }
  }

  /// Batch, height, width and channels of activations.
  func extents(_ x: Variable, _ operation: String) throws -> Extents {
    try require(
      x.shape.count == 4, "\(operation) takes activations [N, H, W, C], not \(x.shape)")
    return Extents(batch: x.shape[0], height: x.shape[1], width: x.shape[2], channels: x.shape[3])
  }
}

/// The shape of activations.
struct Extents: Equatable {
  var batch: Int
  var height: Int
  var width: Int
  var channels: Int

  var pixels: Int { batch * height * width }
  /// Pixels of one image.
  var imagePixels: Int { height * width }
  var count: Int { pixels * channels }
  var shape: [Int] { [batch, height, width, channels] }

  /// A dense view of memory in this shape; the caller keeps the memory alive.
  func view(_ storage: AlignedBuffer) -> ActivationView {
    ActivationView(
      storage.pointer, batch: batch, height: height, width: width, channels: channels)
  }
}
