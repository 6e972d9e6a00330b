import CKernels
import Tensors

extension Tape {
  /// relu?(x · weightᵀ + bias), as `torch.nn.functional.linear`: x `[N, in]`, weight `[out, in]`,
  /// bias `[out]`; result `[N, out]`.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func linear(
    _ x: Variable, weight: Variable, bias: Variable, relu: Bool = false
  ) throws -> Variable {
    let w = weight.shape
    try require(
      x.shape.count == 2 && w.count == 2 && x.shape[1] == w[1] && bias.shape == [w[0]],
      "a linear layer with weights \(w) and bias \(bias.shape) does not take \(x.shape)")
    let (rows, inner, columns) = (x.shape[0], w[1], w[0])
    let out = allocate(rows * columns)
    let (input, weights) = (x.value, weight.value)
    // Few rows and weights that were just written: not worth `Linear`'s turning of the factors.
    let (from, matrix, offsets) = (input.storage, weights.storage, bias.value.storage)
    context.pool.run(over: columns, pieces: 2 * context.pool.threads) { range, _ in
      let to = out.pointer + range.lowerBound
      BLAS.multiply(
        rows: rows, columns: range.count, inner: inner, .init(from.pointer, stride: inner),
        .init(matrix.pointer + range.lowerBound * inner, stride: inner, transposed: true), into: to,
        stride: columns)
      rg_epilogue(
        to, columns, offsets.pointer + range.lowerBound, nil, 0, relu ? 1 : 0, rows, range.count)
    }
    let value = Tensor([rows, columns], storage: out)
    let (xs, ws, bs) = (x.slot, weight.slot, bias.slot)
    return record(value, from: [x, weight, bias], relu: relu) { [self] upstream in
      let dy = upstream.storage
      bs?.accumulate(columnSums(upstream, channels: columns), on: self)
      if let ws {
        let dw = allocate(weights.count)
        let data = input.storage
        context.pool.run(over: columns, pieces: 2 * context.pool.threads) { range, _ in
          BLAS.multiply(
            rows: range.count, columns: inner, inner: rows,
            .init(dy.pointer + range.lowerBound, stride: columns, transposed: true),
            .init(data.pointer, stride: inner), into: dw.pointer + range.lowerBound * inner,
            stride: inner)
        }
        ws.accumulate(Tensor(w, storage: dw), on: self)
      }
      if let xs {
        let dx = allocate(input.count)
        let data = weights.storage
        context.pool.run(over: inner, pieces: 2 * context.pool.threads) { range, _ in
          BLAS.multiply(
            rows: rows, columns: range.count, inner: columns, .init(dy.pointer, stride: columns),
            .init(data.pointer + range.lowerBound, stride: inner),
            into: dx.pointer + range.lowerBound, stride: inner)
        }
        xs.accumulate(Tensor([rows, inner], storage: dx), on: self)
      }
    }
  }
}
