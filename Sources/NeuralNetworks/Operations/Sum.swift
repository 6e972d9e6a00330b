import CKernels
import CKernels
import Support
import Tensors

/// relu?(a + b), where no convolution takes the sum in.
struct AddOperation: FloatOperation {
  let relu: Bool

  var name: String { "a sum" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0] == inputs[1] else {
      throw UserError("\(inputs[0].extents) and \(inputs[1].extents) cannot be added")
    }
    return inputs[0]
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .add(relu: relu) }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    context.pool.run(over: output.pixels, pieces: 4 * context.pool.threads) { pixels, _ in
      let (first, a, b) = (pixels.lowerBound, inputs[0], inputs[1])
      rg_add_rows(
        output.pointer + first * output.pixelStride, output.pixelStride,
        a.pointer + first * a.pixelStride, a.pixelStride, b.pointer + first * b.pixelStride,
        b.pixelStride, relu ? 1 : 0, pixels.count, output.channels)
    }
  }
}

/// factor · x + offset of vectors.
struct ScaleOperation: DifferentiableOperation {
  let factor: Float
  let offset: [Float]

  var name: String { "a scaled vector" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].count == offset.count else {
      throw UserError("\(offset.count) numbers cannot be added to \(inputs[0].extents)")
    }
    return inputs[0]
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    .scale(by: factor, plus: offset)
  }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    for image in 0..<output.batch {
      let (from, to) = (inputs[0].image(image), output.image(image))
      for (index, plus) in offset.enumerated() { to[index] = plus + factor * from[index] }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    tape.backward(to: inputs[0], times: factor)
  }
}

extension Tape {
  /// relu?(a + b) of the same shape.
  ///
  /// - Throws: `UserError` when the shapes differ.
  public func add(_ a: Variable, _ b: Variable, relu: Bool = false) throws -> Variable {
    let sum = try combine([(1, a), (1, b)])
    return relu ? self.relu(sum) : sum
  }

  /// a − b of the same shape.
  ///
  /// - Throws: `UserError` when the shapes differ.
  public func subtract(_ a: Variable, _ b: Variable) throws -> Variable {
    try combine([(1, a), (-1, b)])
  }

  /// factor · x.
  public func multiply(_ x: Variable, by factor: Float) -> Variable {
    let out = allocate(x.value.count)
    scale(x.value, by: factor, into: out)
    return record(Tensor(x.shape, storage: out), from: [x], backward(to: x, times: factor))
  }

  /// The way back to x, by which the result's derivative is `factor`.
  fileprivate func backward(to x: Variable, times factor: Float) -> Backward {
    let xs = x.slot
    return { upstream in
      let dx = writable(&upstream)
      scale(upstream, by: factor, into: dx)
      xs?.accumulate(Tensor(upstream.shape, storage: dx), on: self)
    }
  }

  /// The weighted sum of values of one shape, e.g. the terms of a loss.
  ///
  /// - Throws: `UserError` when there are none or their shapes differ.
  public func combine(_ terms: [(weight: Float, value: Variable)]) throws -> Variable {
    guard let first = terms.first else { throw UserError("a sum needs at least one term") }
    for term in terms.dropFirst() {
      try require(
        term.value.shape == first.value.shape,
        "\(first.value.shape) and \(term.value.shape) cannot be added")
    }
    let shape = first.value.shape
    let out = allocate(first.value.value.count)
    if terms.count == 1 { scale(first.value.value, by: first.weight, into: out) }
    for (index, term) in terms.enumerated().dropFirst() {
      let (alpha, a) = index == 1 ? (first.weight, first.value.value.storage) : (1, out)
      let (beta, b) = (term.weight, term.value.value.storage)
      context.elementwise(out.count) { range in
        let begin = range.lowerBound
        rg_combine(
          out.pointer + begin, alpha, a.pointer + begin, beta, b.pointer + begin, range.count)
      }
    }
    let slots = terms.map { ($0.weight, $0.value.slot) }
    return record(Tensor(shape, storage: out), from: terms.map(\.value)) { upstream in
      for (weight, slot) in slots {
        if weight == 1 {
          slot?.accumulate(upstream, on: self)
        } else {
          add(to: slot, shape) { scale(upstream, by: weight, into: $0.storage) }
        }
      }
    }
  }

  private func scale(_ x: Tensor, by factor: Float, into out: AlignedBuffer) {
    let input = x.storage
    context.elementwise(x.count) { range in
      rg_scale(
        out.pointer + range.lowerBound, factor, input.pointer + range.lowerBound, range.count)
    }
  }
}

extension InferenceGraph {
  /// relu?(a + b).
  ///
  /// - Throws: `UserError` when the shapes differ.
  public func add(_ a: Value, _ b: Value, relu: Bool) throws -> Value {
    try append(AddOperation(relu: relu), to: [a, b])
  }
}

extension Computation {
  /// factor · x + offset of vectors `[N, 1, 1, C]`, e.g. a correction of the identity.
  ///
  /// - Throws: `UserError` when there are not as many numbers in `offset`.
  public func scale(_ x: Value, by factor: Float, plus offset: [Float]) throws -> Value {
    try apply(ScaleOperation(factor: factor, offset: offset), x)
  }
}
