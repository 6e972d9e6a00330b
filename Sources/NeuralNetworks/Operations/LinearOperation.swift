import CKernels
import Support
import Tensors

/// relu?(x · weightᵀ + bias) of all elements of each image, with the flattening before it once passes
/// have fused it.
struct LinearOperation: GraphOperation {
  let weight: Parameter
  let bias: Parameter
  let relu: Bool
  /// Whether it reads activations that PyTorch would flatten as C, H, W; else a vector.
  var flattens = false

  var parameters: [Parameter] { [weight, bias] }
  var mayEndInFloat: Bool { true }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].count == weight.shape[1] else {
      throw UserError(
        "a linear layer of \(weight.shape[1]) inputs does not take \(inputs[0].extents)")
    }
    return FeatureShape(channels: weight.shape[0])
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    .linear(weight: weight, bias: bias, relu: relu)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    Step<Element>(
      weights: try packing.weights[weight], bias: try packing.weights[bias], relu: relu,
      pixels: flattens ? inputs[0].pixels : 1)
  }

  func work(_ inputs: [FeatureShape]) -> LayerWork? {
    LayerWork(operations: 2 * Double(weight.count), weightBytes: 4 * Double(weight.count))
  }

  /// The weights, often most of a network's, stay where they are: `[out, inner]`. They are the left
  /// factor of a product whose right factor are the images as columns, so that the heavy factor is
  /// read once, row by row, and the light one stays near. Images are filled up to whole vectors of 16,
  /// but for one alone, where `BLAS.rowsAreIndependent`: there an image's results do not depend on how many there are.
  private struct Step<Element: ActivationElement>: MixedStep {
    let weights: Tensor
    let bias: Tensor
    let relu: Bool
    /// Where the weights count an image's elements as C, H, W, as PyTorch flattens them, the number of
    /// its pixels; 1 where they count as we do, H, W, C.
    let pixels: Int

    var weightBytes: Int { 4 * weights.count }

    func run<Input: ActivationElement, Output: ActivationElement>(
      _ input: Activations<Input>, into output: Activations<Output>, _ context: ComputeContext
    ) {
      let (batch, inner, out) = (input.batch, weights.shape[1], weights.shape[0])
      // One image alone: as many multiplications as there are weights, which then take no longer than the weights
      // take to come from memory.
      let isAlone = batch == 1 && BLAS.rowsAreIndependent && out >= BLAS.leastRowsByVector
      let columns = isAlone ? 1 : (batch + 15) / 16 * 16
      let images = context.shared(.first, columns * inner)
      let results = context.shared(.second, columns * out)
      let rows = context.shared(.third, columns * max(inner, out))
      Activations(rows, like: input).convert(from: input)
      (rows + batch * inner).update(repeating: 0, count: (columns - batch) * inner)
      transpose(
        rows, rows: columns, of: inner, pixels: pixels, into: images, panels: PanelMatrix.width,
        context)
      if isAlone {
        multiply(vector: images, into: results, context)
      } else {
        let factor = PanelMatrix(images, inner: inner, columns: columns)
        multiply(factor, into: results, context)
      }
      transpose(results, rows: out, of: columns, pixels: 1, into: rows, panels: out, context)
      rg_epilogue(rows, out, bias.storage.pointer, nil, 0, relu ? 1 : 0, batch, out)
      output.convert(from: Activations(vectors: rows, count: batch, channels: out))
    }

    /// The images as columns.
    private func multiply(
      _ images: PanelMatrix, into results: UnsafeMutablePointer<Float>, _ context: ComputeContext
    ) {
      let (factor, inner) = (weights.storage, images.inner)
      context.pool.run(over: weights.shape[0], pieces: 4 * context.parts) { range, _ in
        BLAS.multiply(
          rows: range.count, .init(factor.pointer + range.lowerBound * inner, stride: inner),
          images, into: results + range.lowerBound * images.columns, stride: images.columns)
      }
    }

    /// One image, as a vector.
    private func multiply(
      vector image: UnsafePointer<Float>, into results: UnsafeMutablePointer<Float>,
      _ context: ComputeContext
    ) {
      let (factor, inner, out) = (weights.storage, weights.shape[1], weights.shape[0])
      let group = BLAS.leastRowsByVector
      let groups = out / group
      context.pool.run(over: groups, pieces: 4 * context.parts) { range, _ in
        let first = range.lowerBound * group
        // The last range has what is left, too.
        let end = range.upperBound == groups ? out : range.upperBound * group
        BLAS.multiply(
          rows: end - first, .init(factor.pointer + first * inner, stride: inner), inner: inner,
          vector: image, into: results + first)
      }
    }

    /// Rows `[pixels, count / pixels]` each as columns, whose elements are counted the other way
    /// round, in panels of so many columns.
    private func transpose(
      _ from: UnsafeMutablePointer<Float>, rows: Int, of count: Int, pixels: Int,
      into to: UnsafeMutablePointer<Float>, panels: Int, _ context: ComputeContext
    ) {
      for first in stride(from: 0, to: rows, by: panels) {
        let width = min(panels, rows - first)
        context.pool.run((width + 15) / 16) { piece, _ in
          rg_transpose_outer(
            from + first * count, to + first * count, width, pixels, count / pixels, 16 * piece,
            min(16 * (piece + 1), width))
        }
      }
    }
  }
}

extension Tape {
  /// relu?(x · weightᵀ + bias), as `torch.nn.functional.linear`, of vectors of `in` numbers: weight
  /// `[out, in]`, bias `[out]`; result `[N, 1, 1, out]`.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func linear(
    _ x: Variable, weight: Variable, bias: Variable, relu: Bool = false
  ) throws -> Variable {
    let (w, rows) = (weight.shape, x.shape.first ?? 1)
    try require(
      w.count == 2 && x.value.count == rows * w[1] && bias.shape == [w[0]],
      "a linear layer with weights \(w) and bias \(bias.shape) does not take \(x.shape)")
    let (inner, columns) = (w[1], w[0])
    let value = uninitialized([rows, 1, 1, columns])
    let (input, weights) = (x.value, weight.value)
    // Few rows and weights that were just written: not worth the turning of inference.
    let (from, matrix, out) = (
      input.storage.pointer, weights.storage.pointer, value.storage.pointer
    )
    let offsets = bias.value.storage.pointer
    context.pool.run(over: columns, pieces: TrainingPass.parts) { range, _ in
      let to = out + range.lowerBound
      BLAS.multiply(
        rows: rows, columns: range.count, inner: inner, .init(from, stride: inner),
        .init(matrix + range.lowerBound * inner, stride: inner, transposed: true), into: to,
        stride: columns)
      rg_epilogue(
        to, columns, offsets + range.lowerBound, nil, 0, relu ? 1 : 0, rows, range.count)
    }
    let (xs, ws, bs) = (x.slot, weight.slot, bias.slot)
    return record(value, from: [x, weight, bias], relu: relu) { upstream in
      bs?.accumulate(columnSums(upstream, channels: columns), on: self)
      let dy = upstream.storage.pointer
      add(to: ws, w) { dw in
        let (from, to) = (input.storage.pointer, dw.storage.pointer)
        context.pool.run(over: columns, pieces: TrainingPass.parts) { range, _ in
          BLAS.multiply(
            rows: range.count, columns: inner, inner: rows,
            .init(dy + range.lowerBound, stride: columns, transposed: true),
            .init(from, stride: inner), into: to + range.lowerBound * inner, stride: inner)
        }
      }
      add(to: xs, input.shape) { dx in
        let (matrix, to) = (weights.storage.pointer, dx.storage.pointer)
        context.pool.run(over: inner, pieces: TrainingPass.parts) { range, _ in
          BLAS.multiply(
            rows: rows, columns: range.count, inner: columns, .init(dy, stride: columns),
            .init(matrix + range.lowerBound, stride: inner), into: to + range.lowerBound,
            stride: inner)
        }
      }
    }
  }
}

extension InferenceGraph {
  /// relu?(x · weightᵀ + bias) of all elements of each image; weight `[out, in]`, bias `[out]`.
  ///
  /// - Throws: `UserError` when an image has not `in` elements.
  public func linear(
    _ x: Value, weight: Parameter, bias: Parameter, relu: Bool
  ) throws -> Value {
    try append(LinearOperation(weight: weight, bias: bias, relu: relu), to: [x])
  }
}
