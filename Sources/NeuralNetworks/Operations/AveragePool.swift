import CKernels
import Support
import Tensors

/// The mean of each window; windows are products of ranges of rows and of columns.
struct AveragePoolOperation: DifferentiableOperation {
  let windows: Windows

  enum Windows: Sendable {
    /// As many as the result has pixels; they may overlap.
    case adaptive(height: Int, width: Int)
    /// k × k without overlap; what is left over at the right and lower edge is in none.
    case tiles(Int)
  }

  var name: String { "average pooling" }
  var mayEndInFloat: Bool { true }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    let x = inputs[0]
    let (rows, columns) = ranges(in: x)
    guard !rows.isEmpty, !columns.isEmpty, x.pixels > 0 else {
      throw UserError("average pooling of \(x.extents) by windows \(windows)")
    }
    return FeatureShape(height: rows.count, width: columns.count, channels: x.channels)
  }

  /// Adaptive ones as PyTorch's: window i covers floor(i · in / out) ..< ceil((i + 1) · in / out).
  private func ranges(in size: FeatureShape) -> (rows: [Range<Int>], columns: [Range<Int>]) {
    func adaptive(_ length: Int, _ count: Int) -> [Range<Int>] {
      (0..<max(count, 0)).map {
        $0 * length / count..<(($0 + 1) * length + count - 1) / count
      }
    }
    func tiles(_ length: Int, _ k: Int) -> [Range<Int>] {
      (0..<(k > 0 ? length / k : 0)).map { $0 * k..<$0 * k + k }
    }
    return switch windows {
    case .adaptive(let height, let width):
      (adaptive(size.height, height), adaptive(size.width, width))
    case .tiles(let k): (tiles(size.height, k), tiles(size.width, k))
    }
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    let (rows, columns) = ranges(in: inputs[0])
    return .averagePool(rows: rows, columns: columns)
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { Step<Element>(operation: self) }

  private struct Step<Element: ActivationElement>: MixedStep {
    let operation: AveragePoolOperation

    func run<Input: ActivationElement, Output: ActivationElement>(
      _ input: Activations<Input>, into output: Activations<Output>, _ context: ComputeContext
    ) {
      operation.mean(input, into: output, context)
    }
  }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    mean(inputs[0], into: output, context)
  }

  private func mean<Input: ActivationElement, Output: ActivationElement>(
    _ input: Activations<Input>, into output: Activations<Output>, _ context: ComputeContext
  ) {
    let (rows, columns) = ranges(in: input.features)
    context.reserve(.first, output.channels)
    context.pool.run(output.batch * rows.count) { task, worker in
      guard let means = context.memory(.first, worker: worker) else { return }
      let (image, row) = (task / rows.count, task % rows.count)
      for (column, span) in columns.enumerated() {
        let pixel = output.image(image) + (row * output.width + column) * output.pixelStride
        // Floats go where they belong, without a detour.
        let floats =
          Output.precision == .float32
          ? UnsafeMutableRawPointer(pixel).assumingMemoryBound(to: Float.self) : means
        rg_average(
          input.image(image), input.width, input.pixelStride, rows[row].lowerBound,
          rows[row].upperBound, span.lowerBound, span.upperBound, floats, output.channels,
          Input.isNarrow)
        if Output.precision == .float32 { continue }
        Activations(vectors: pixel, channels: output.channels)
          .convert(from: Activations(vectors: means, channels: output.channels))
      }
    }
  }

  /// Shares each mean's gradient among its window; contributions of overlapping windows add up.
  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    tape.backward(to: inputs[0]) { upstream, dx in
      let (rows, columns) = ranges(in: dx.features)
      tape.context.pool.run(dx.batch) { image, _ in
        let to = dx.image(image)
        to.update(repeating: 0, count: dx.features.count)
        var from = upstream.image(image)
        for lines in rows {
          for span in columns {
            let share = 1 / Float(lines.count * span.count)
            for y in lines {
              for x in span {
                let pixel = to + (y * dx.width + x) * dx.channels
                rg_combine(pixel, 1, pixel, share, from, dx.channels)
              }
            }
            from += dx.channels
          }
        }
      }
    }
  }
}

extension Computation {
  /// `torch.nn.AdaptiveAvgPool2d((height, width))`; 1 × 1 is the global average.
  ///
  /// - Throws: `UserError` when the size is not positive.
  public func averagePool(_ x: Value, toHeight height: Int, width: Int) throws -> Value {
    let size = try shape(of: x)
    return (height, width) == (size.height, size.width)
      ? x
      : try apply(AveragePoolOperation(windows: .adaptive(height: height, width: width)), x)
  }

  /// `torch.nn.functional.avg_pool2d(x, k)`: windows of k × k without overlap; what is left over at
  /// the right and lower edge is dropped.
  ///
  /// - Throws: `UserError` when an image is smaller than a window.
  public func averagePool(_ x: Value, by k: Int) throws -> Value {
    try apply(AveragePoolOperation(windows: .tiles(k)), x)
  }
}
