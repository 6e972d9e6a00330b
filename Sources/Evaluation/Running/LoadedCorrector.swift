import Imaging
import Models
import NeuralNetworks
import Support
import Tensors

/// A corrector G from its file, ready to run on batches.
public final class LoadedCorrector: ImageCorrector {
  /// SHA-256 of the file.
  public let digest: String
  /// What its settings say.
  public let readsPhotos: Bool
  private let corrector: CompiledCorrector

  /// - Parameter precision: as `CompiledCorrector` takes it.
  /// - Throws: `UserError` naming the file when it is missing, damaged or no corrector.
  public init(
    path: String, backend: any Backend, precision: Precision, context: ComputeContext
  ) throws {
    digest = try FileDigest.sha256(path: path)
    let loaded = try CorrectorFile.load(path)
    readsPhotos = loaded.configuration.readsPhotos
    corrector = try CompiledCorrector(
      loaded, backend: backend, precision: precision, context: context)
  }

  /// - Throws: `UserError` when ŷ is not finite: it would be shown as black pixels.
  public func correct(_ images: Tensor, photos: [PhotoView.Source?]) throws -> Tensor {
    let corrected = try corrector.correct(images, photos: photos)
    guard corrected.firstNonFinite == nil else {
      throw UserError(
        "the corrector's output is not finite (SHA-256 \(digest))", remedy: "train it again")
    }
    return corrected
  }
}
