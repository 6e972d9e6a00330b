import Datasets
import Imaging
import Models
import NeuralNetworks
import Support
import Tensors

/// A way from x, or from what is known of its distortion, to 224×224 pixels for a classifier; a row
/// of an agreement or ablation table.
public struct Restoration {
  /// What a way may look at.
  public struct Input {
    /// x, `[N, 256, 256, 3]`, normalised.
    public let distorted: Tensor
    /// For each image the photo that x is a view of, or `nil`.
    public let photos: [PhotoView.Source?]
    /// x without its colour jitter.
    public let affineOnly: Tensor
    /// x with its colour jitter alone.
    public let colorOnly: Tensor
    /// The photo's middle, `[N, 256, 256, 3]`.
    public let canonical256: Tensor
    /// y, `[N, 224, 224, 3]`.
    public let canonical: Tensor
    /// The true θ, `[N, 2, 3]`.
    public let theta: Tensor
  }

  /// What a table calls it.
  public let name: String
  /// Whether it knows what no corrector can know, and is there as a bound.
  public let isCeiling: Bool
  /// Normalised images `[N, 224, 224, 3]`.
  public let restore: (Input) throws -> Tensor

  /// A way of one's own.
  public init(
    _ name: String, isCeiling: Bool = false, _ restore: @escaping (Input) throws -> Tensor
  ) {
    self.name = name
    self.isCeiling = isCeiling
    self.restore = restore
  }
}

extension Restoration {
  private static let side = Corrector.outputSide

  /// What restorations are computed with.
  public struct Machine: Sendable {
    /// Computes convolutions.
    public let backend: any Backend
    /// As `CompiledCorrector` takes it.
    public let precision: Precision
    /// The threads to compute on.
    public let context: ComputeContext

    /// Back end and threads must outlive the restorations.
    public init(backend: any Backend, precision: Precision, context: ComputeContext) {
      self.backend = backend
      self.precision = precision
      self.context = context
    }
  }

  /// The centre of x as it is.
  public static var distorted: Restoration {
    Restoration("distorted") { cropped($0.distorted) }
  }

  /// A corrector, with all stages or some of them, and its own sampler or another.
  ///
  /// - Parameters:
  ///   - refines: whether θ is refined where the corrector does so.
  ///   - knowsTheta: tells the corrector the true θ, as a bound.
  /// - Throws: `UserError` when the back end cannot compute the corrector.
  public static func corrector(
    _ name: String, _ corrector: Corrector, on machine: Machine,
    active: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases),
    sampling: Sampling? = nil, refines: Bool = true, knowsTheta: Bool = false
  ) throws -> Restoration {
    let compiled = try CompiledCorrector(
      corrector, active: active, sampling: sampling, refines: refines, knowsTheta: knowsTheta,
      backend: machine.backend, precision: machine.precision, context: machine.context)
    return Restoration(name, isCeiling: knowsTheta) { input in
      try compiled.correct(
        input.distorted, photos: input.photos, theta: knowsTheta ? input.theta : nil)
    }
  }

  /// y through a corrector: what it does to an image that needs no correction.
  ///
  /// - Throws: As `corrector`.
  public static func canonical(
    through corrector: Corrector, on machine: Machine
  ) throws -> Restoration {
    let compiled = try CompiledCorrector(
      corrector, backend: machine.backend, precision: machine.precision, context: machine.context)
    return Restoration("canonical through G") { try compiled.correct($0.canonical256) }
  }

  /// The inverse of the true affine map by a sampler.
  ///
  /// - Parameters:
  ///   - bestColor: then, for each image, the 3×4 colour matrix with the least squared error against y.
  ///   - isJittered: whether the colour of x was jittered.
  public static func trueAffine(
    _ sampling: Sampling, on machine: Machine, bestColor: Bool = false, isJittered: Bool = true
  ) -> Restoration {
    let name = "true inverse affine, \(sampling.rawValue)\(bestColor ? "," : "")"
    return ceiling(name, bestColor, isJittered) { try inverse($0, $1, sampling, machine) }
  }

  /// The original's pixels as far as x still has them, each put back where it was.
  ///
  /// - Parameters: As those of `trueAffine`.
  /// - Throws: `UserError` when the back end cannot compute the lattice.
  public static func trueLattice(
    on machine: Machine, bestColor: Bool = false, isJittered: Bool = true
  ) throws -> Restoration {
    // A transformer with θ given.
    let reader = try CompiledCorrector(
      Corrector(
        CorrectorConfiguration(
          stages: [.stn],
          stn: .init(
            localisation: .init(view: 4, widths: [1]), refinement: .lattice)), seed: 0),
      knowsTheta: true, backend: machine.backend, context: machine.context)
    return ceiling("true lattice", bestColor, isJittered) { try reader.correct($0, theta: $1) }
  }

  /// Images whose true θ is known, read back.
  private static func ceiling(
    _ name: String, _ isRecolored: Bool, _ isJittered: Bool,
    _ read: @escaping (_ images: Tensor, _ theta: Tensor) throws -> Tensor
  ) -> Restoration {
    let name = (isJittered ? "" : "no colour jitter, ") + name
    return Restoration(name + (isRecolored ? " and best colour matrix" : ""), isCeiling: true) {
      let restored = try read(isJittered ? $0.distorted : $0.affineOnly, $0.theta)
      return isRecolored ? bestColor(restored, $0.canonical) : restored
    }
  }

  /// Images with colour jitter alone, and the best colour matrix.
  public static func colorAlone(repaired: Bool) -> Restoration {
    Restoration(
      "no affine distortion\(repaired ? ", best colour matrix" : "")", isCeiling: true
    ) {
      let center = cropped($0.colorOnly)
      return repaired ? bestColor(center, $0.canonical) : center
    }
  }

  /// The middle of images `[N, H, W, 3]`.
  private static func cropped(_ images: Tensor) -> Tensor {
    let (height, width) = (images.shape[1], images.shape[2])
    let (top, left) = ((height - side) / 2, (width - side) / 2)
    return images.withUnsafeBufferPointer { pixels in
      Tensor([images.shape[0], side, side, 3]) { memory in
        for line in 0..<images.shape[0] * side {
          let (image, row) = (line / side, line % side)
          let from = ((image * height + top + row) * width + left) * 3
          for index in 0..<side * 3 { memory[line * side * 3 + index] = pixels[from + index] }
        }
      }
    }
  }

  private static func inverse(
    _ images: Tensor, _ theta: Tensor, _ sampling: Sampling, _ machine: Machine
  ) throws -> Tensor {
    guard let vectors = theta.reshaped([images.shape[0], 1, 1, 6]) else {
      throw UserError("θ \(theta.shape) does not fit images \(images.shape)")
    }
    return cropped(try sampling.apply(to: images, theta: vectors, context: machine.context))
  }

  /// Each image of `[N, H, W, 3]` under the 3×4 matrix A, b that minimises Σ |A x + b − y|².
  private static func bestColor(_ images: Tensor, _ truth: Tensor) -> Tensor {
    let count = images.count / max(images.shape[0], 1)
    return images.withUnsafeBufferPointer { x in
      truth.withUnsafeBufferPointer { y in
        Tensor(images.shape) { out in
          for base in stride(from: 0, to: x.count, by: max(count, 1)) {
            let matrix = LeastSquares.colorMatrix(
              UnsafeBufferPointer(rebasing: x[base..<base + count]),
              UnsafeBufferPointer(rebasing: y[base..<base + count]))
            for pixel in stride(from: base, to: base + count, by: 3) {
              for row in 0..<3 {
                var sum = matrix[row * 4 + 3]
                for column in 0..<3 { sum += matrix[row * 4 + column] * Double(x[pixel + column]) }
                out[pixel + row] = Float(sum)
              }
            }
          }
        }
      }
    }
  }
}
