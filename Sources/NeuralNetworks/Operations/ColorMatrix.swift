import CKernels
import Support
import Tensors

/// Each pixel p of an image under its matrix: matrix · (p, 1).
struct ColorMatrixOperation: DifferentiableOperation {
  var name: String { "a colour matrix" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].channels == 3, inputs[1].count == 12 else {
      throw UserError(
        "a colour matrix of 12 numbers for images of three channels is not "
          + "\(inputs[1].extents) for \(inputs[0].extents)")
    }
    return inputs[0]
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .colorMatrix }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    let (x, matrices) = (inputs[0], inputs[1])
    context.overRows(ofImages: x.batch, height: x.height) { image, rows in
      let first = rows.lowerBound * x.width
      rg_color_matrix(
        x.image(image) + first * x.pixelStride, x.pixelStride, matrices.image(image),
        output.image(image) + first * output.pixelStride, output.pixelStride,
        rows.count * x.width)
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    let (images, matrices) = (inputs[0].value, inputs[1].value)
    let (imageSlot, matrixSlot) = (inputs[0].slot, inputs[1].slot)
    return { upstream in
      let (x, dy) = (images.activations, upstream.activations)
      let pixels = x.features.pixels
      tape.add(to: matrixSlot, matrices.shape) { dm in
        let to = dm.activations
        tape.context.pool.run(x.batch) { image, _ in
          gradientOfColorMatrix(x.image(image), dy.image(image), pixels, to.image(image))
        }
      }
      tape.add(to: imageSlot, images.shape) { dx in
        let (numbers, to) = (matrices.activations, dx.activations)
        tape.context.pool.run(x.batch) { image, _ in
          let (m, from, to) = (numbers.image(image), dy.image(image), to.image(image))
          for pixel in 0..<pixels {
            let g = from + 3 * pixel
            for c in 0..<3 {
              to[3 * pixel + c] = m[c] * g[0] + m[4 + c] * g[1] + m[8 + c] * g[2]
            }
          }
        }
      }
    }
  }
}

extension Computation {
  /// An affine map of each image's colours: x `[N, H, W, 3]`, matrices `[N, 3, 4]` or vectors of 12,
  /// row by row; pixel p becomes matrix · (p, 1).
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func colorMatrix(_ x: Value, matrix: Value) throws -> Value {
    try apply(ColorMatrixOperation(), x, matrix)
  }
}

/// Σ g (p, 1)ᵀ over the pixels, row by row of the 3×4 matrix.
private func gradientOfColorMatrix(
  _ pixels: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ count: Int,
  _ matrix: UnsafeMutablePointer<Float>
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 12) { sums in
    sums.update(repeating: 0)
    for pixel in 0..<count {
      let (p, g) = (pixels + 3 * pixel, gradient + 3 * pixel)
      for k in 0..<3 {
        let slope = Double(g[k])
        for c in 0..<3 { sums[4 * k + c] += slope * Double(p[c]) }
        sums[4 * k + 3] += slope
      }
    }
    for index in 0..<12 { matrix[index] = Float(sums[index]) }
  }
}
