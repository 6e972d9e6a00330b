import CKernels
import NeuralNetworks
import Tensors

extension SpatialTransformer {
  /// How near to the identity a prediction must be, in pixels at the corners, for an image without a
  /// lattice to count as never resampled.
  static let untouched = 6.0

  /// Pixels of the original as far as the image still has them, `[N, 256, 256, 3]`, and the θ that
  /// says where they were, `[N, 2, 3]`.
  ///
  /// What nearest-neighbour sampling left of an image are its own pixels, some of them dropped: once
  /// the map is known to a few hundredths of a pixel they go back to where they were, with no
  /// interpolation but for the dropped ones. Where the pixels do not tell, `sampling` reads the
  /// image at the predicted θ; where besides the prediction is nearly the identity, the image is
  /// left as it is.
  ///
  /// - Parameters:
  ///   - theta: predicted; or, with `isExact`, known.
  ///   - sampling: for images without a lattice.
  func readLattice(
    _ tape: Tape, _ x: Variable, theta: Tensor, isExact: Bool, sampling: Sampling
  ) throws -> (theta: Tensor, image: Tensor) {
    let batch = x.shape[0]
    let predicted = theta.elements.map { Double($0) }
    var maps = [LatticeMap?](repeating: nil, count: batch)
    let pixels = x.value.storage
    let plane = x.shape[1] * x.shape[2] * 3
    maps.withUnsafeMutableBufferPointer { maps in
      tape.context.pool.run(batch) { image, _ in
        guard let map = LatticeMap(theta: Array(predicted[6 * image..<6 * image + 6])) else {
          return
        }
        maps[image] =
          isExact ? map : Self.map(pixels.pointer + image * plane, near: map)
      }
    }
    var refined = predicted
    for (image, map) in maps.enumerated() {
      if let values = map?.theta {
        refined.replaceSubrange(6 * image..<6 * image + 6, with: values)
      }
    }
    let pose = Tensor([batch, 2, 3]) { memory in
      for index in 0..<memory.count { memory[index] = Float(refined[index]) }
    }
    let sampled =
      maps.allSatisfy { $0 != nil }
      ? nil : try sample(tape, x, theta: tape.constant(pose), sampling: sampling).value
    let (height, width) = (x.shape[1], x.shape[2])
    let image = Tensor(x.shape) { memory in
      guard let out = memory.baseAddress else { return }
      tape.context.pool.run(batch) { image, _ in
        let to = out + image * plane
        if let map = maps[image] {
          var known = [UInt8](repeating: 0, count: (height + 2) * (width + 2))
          rg_lattice_read(
            pixels.pointer + image * plane, height, width, map.values, Self.tolerance, to, &known)
        } else if let sampled {
          to.update(from: sampled.storage.pointer + image * plane, count: plane)
        }
      }
    }
    return (pose, image)
  }

  /// Six steps of 8-bit values, in the classifiers' units.
  private static let tolerance: Float = 6 / 255 / 0.226

  private static func map(
    _ image: UnsafePointer<Float>, near predicted: LatticeMap
  ) -> LatticeMap? {
    if let found = LatticeSearch.refine(image, near: predicted) { return found.map }
    return predicted.cornerShift < untouched ? .identity : nil
  }
}
