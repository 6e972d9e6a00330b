import Datasets
import Imaging
import Models
import NeuralNetworks
import Support
import Tensors

/// A corrector G of which what its transformer alone makes of an image can be seen, too.
public final class StagedCorrector: Sendable {
  /// SHA-256 of the file.
  public let digest: String
  private let readsPhotos: Bool
  private let corrector: CompiledCorrector

  /// - Throws: `UserError` naming the file when it is missing, damaged or no corrector.
  public init(path: String, backend: any Backend, context: ComputeContext) throws {
    digest = try FileDigest.sha256(path: path)
    let loaded = try CorrectorFile.load(path)
    readsPhotos = loaded.configuration.readsPhotos
    corrector = try CompiledCorrector(
      loaded, wanted: [.cropped, .corrected], backend: backend, context: context)
  }

  /// x_s, what the spatial transformer makes of a view of 256×256 pixels, `nil` without one; and ŷ. Both
  /// `[1, 224, 224, 3]`, normalised.
  ///
  /// - Throws: `UserError` for a view of another size, and an output that is not finite.
  public func stages(_ view: PhotoView) throws -> (transformed: Tensor?, corrected: Tensor) {
    let batch = try Normalization.imageNet.batch([view.pixels], side: ImageSide.distorted)
    let parts = try corrector(batch, photos: readsPhotos ? [view.source] : [])
    guard let corrected = parts[.corrected], corrected.firstNonFinite == nil else {
      throw UserError("the corrector's output is not finite (SHA-256 \(digest))")
    }
    return (parts[.cropped], corrected)
  }
}
