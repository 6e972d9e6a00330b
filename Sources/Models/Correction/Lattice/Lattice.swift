import CKernels
import NeuralNetworks
import Tensors

/// Reads images back through the lattice that nearest-neighbour sampling left in them.
enum Lattice {
  /// Whether images `[N, H, W, 3]` have the size that lattices are searched in.
  static func fits(_ shape: [Int]) -> Bool {
    shape.count == 4 && shape[1...2].allSatisfy { Double($0) == LatticeMap.side }
  }

  /// How near to the identity a prediction must be, in pixels at the corners, for an image without a
  /// lattice to count as never resampled.
  static let untouched = 6.0

  /// Pixels of the original as far as the image still has them, `[N, 256, 256, 3]`, and the θ that
  /// says where they were, in the shape of the one given.
  ///
  /// What nearest-neighbour sampling left of an image are its own pixels, some of them dropped: once
  /// the map is known to a few hundredths of a pixel they go back to where they were, with no
  /// interpolation but for the dropped ones. Where the pixels do not tell, `sampling` reads the
  /// image at the predicted θ; where besides the prediction is nearly the identity, the image is
  /// left as it is.
  ///
  /// - Parameters:
  ///   - x: images `[N, 256, 256, 3]`, see `fits`.
  ///   - theta: `[N, 1, 1, 6]`, predicted; or, with `isExact`, known, and perhaps `[N, 1, 1, 8]`:
  ///     homographies leave no lattice.
  ///   - sampling: for images without a lattice.
  /// - Throws: `UserError` when the shapes do not fit.
  static func read(
    _ x: Tensor, theta: Tensor, isExact: Bool, sampling: Sampling, context: ComputeContext
  ) throws -> (theta: Tensor, image: Tensor) {
    let batch = x.shape[0]
    var maps = [LatticeMap?](repeating: nil, count: batch)
    let pixels = x.storage
    let plane = x.shape[1] * x.shape[2] * 3
    maps.withUnsafeMutableBufferPointer { maps in
      context.pool.run(batch) { image, _ in
        guard let map = LatticeMap(theta: theta.theta(image).map(Double.init)) else { return }
        maps[image] =
          isExact ? map : Self.map(pixels.pointer + image * plane, near: map)
      }
    }
    var pose = theta
    for (image, map) in maps.enumerated() {
      for (index, value) in (map?.theta ?? []).enumerated() {
        pose[image * theta.shape[3] + index] = Float(value)
      }
    }
    let sampled =
      maps.allSatisfy { $0 != nil }
      ? nil : try sampling.apply(to: x, theta: pose, context: context)
    let (height, width) = (x.shape[1], x.shape[2])
    let image = Tensor(x.shape) { memory in
      guard let out = memory.baseAddress else { return }
      context.pool.run(batch) { image, _ in
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
