import Datasets
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

  public let name: String
  /// Whether it knows what no corrector can know, and is there as a bound.
  public let isCeiling: Bool
  /// Normalised images `[N, 224, 224, 3]`.
  public let restore: (Input) throws -> Tensor

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

  /// The centre of x as it is.
  public static func distorted(_ tape: Tape) -> Restoration {
    Restoration("distorted") { try cropped(tape, $0.distorted) }
  }

  /// A corrector, with all stages or some of them, and its own sampler or another.
  ///
  /// - Parameters:
  ///   - refines: whether θ is refined where the corrector does so.
  ///   - knowsTheta: tells the corrector the true θ, as a bound.
  public static func corrector(
    _ name: String, _ corrector: Corrector, _ tape: Tape,
    active: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases),
    sampling: Sampling? = nil, refines: Bool = true, knowsTheta: Bool = false
  ) -> Restoration {
    Restoration(name, isCeiling: knowsTheta) { input in
      try tape.withoutRecording {
        try corrector(
          tape, tape.constant(input.distorted),
          mode: Corrector.Mode(
            active: active, sampling: sampling, theta: knowsTheta ? input.theta : nil,
            refines: refines)
        ).corrected.value
      }
    }
  }

  /// y through a corrector: what it does to an image that needs no correction.
  public static func canonical(through corrector: Corrector, _ tape: Tape) -> Restoration {
    Restoration("canonical through G") { input in
      try tape.withoutRecording {
        try corrector(tape, tape.constant(input.canonical256)).corrected.value
      }
    }
  }

  /// The inverse of the true affine map by a sampler; the colour stays jittered.
  public static func trueAffine(_ sampling: Sampling, _ tape: Tape) -> Restoration {
    Restoration("true inverse affine, \(sampling.rawValue)", isCeiling: true) {
      try inverse($0.distorted, $0.theta, sampling, tape)
    }
  }

  /// The same, then for each image the 3×4 colour matrix with the least squared error against y.
  public static func trueAffineAndColor(_ sampling: Sampling, _ tape: Tape) -> Restoration {
    Restoration(
      "true inverse affine, \(sampling.rawValue), and best colour matrix", isCeiling: true
    ) {
      bestColor(try inverse($0.distorted, $0.theta, sampling, tape), $0.canonical)
    }
  }

  /// The inverse of the true affine map of images whose colour was never jittered.
  public static func trueAffineWithoutJitter(_ sampling: Sampling, _ tape: Tape) -> Restoration {
    Restoration("no colour jitter, true inverse affine, \(sampling.rawValue)", isCeiling: true) {
      try inverse($0.affineOnly, $0.theta, sampling, tape)
    }
  }

  /// The original's pixels as far as x still has them, each put back where it was; with
  /// `bestColor`, then for each image the 3×4 colour matrix with the least squared error.
  ///
  /// - Parameter isJittered: whether the colour of x was jittered.
  public static func trueLattice(
    _ tape: Tape, bestColor: Bool = false, isJittered: Bool = true
  ) throws -> Restoration {
    // A transformer with θ given.
    let reader = try Corrector(
      CorrectorConfiguration(
        stages: [.stn],
        transformer: .init(
          localisation: .init(view: 4, widths: [1]), refinement: .lattice)), seed: 0)
    let name = "\(isJittered ? "" : "no colour jitter, ")true lattice"
    return Restoration("\(name)\(bestColor ? " and best colour matrix" : "")", isCeiling: true) {
      input in
      let read = try tape.withoutRecording {
        try reader(
          tape, tape.constant(isJittered ? input.distorted : input.affineOnly),
          mode: Corrector.Mode(theta: input.theta)
        ).cropped.value
      }
      return bestColor ? Self.bestColor(read, input.canonical) : read
    }
  }

  /// Images with colour jitter alone, and the best colour matrix.
  public static func colorAlone(_ tape: Tape, repaired: Bool) -> Restoration {
    Restoration(
      "no affine distortion\(repaired ? ", best colour matrix" : "")", isCeiling: true
    ) {
      let center = try cropped(tape, $0.colorOnly)
      return repaired ? bestColor(center, $0.canonical) : center
    }
  }

  private static func cropped(_ tape: Tape, _ images: Tensor) throws -> Tensor {
    try tape.withoutRecording {
      try tape.centerCrop(tape.constant(images), height: side, width: side).value
    }
  }

  private static func inverse(
    _ images: Tensor, _ theta: Tensor, _ sampling: Sampling, _ tape: Tape
  ) throws -> Tensor {
    try tape.withoutRecording {
      let grid = try tape.affineGrid(
        tape.constant(theta), height: images.shape[1], width: images.shape[2])
      let sampled = try tape.gridSample(tape.constant(images), grid: grid, sampling: sampling)
      return try tape.centerCrop(sampled, height: side, width: side).value
    }
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
