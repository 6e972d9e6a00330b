import CKernels
import Support
import Tensors

extension Tape {
  /// a + b of the same shape.
  ///
  /// - Throws: `UserError` when the shapes differ.
  public func add(_ a: Variable, _ b: Variable) throws -> Variable {
    try combine([(1, a), (1, b)])
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
    let xs = x.slot
    return record(Tensor(x.shape, storage: out), from: [x]) { [self] upstream in
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
    return record(Tensor(shape, storage: out), from: terms.map(\.value)) { [self] upstream in
      for case (let weight, let slot?) in slots {
        if weight == 1 {
          slot.accumulate(upstream, on: self)
        } else {
          let scaled = allocate(upstream.count)
          scale(upstream, by: weight, into: scaled)
          slot.accumulate(Tensor(shape, storage: scaled), on: self)
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
