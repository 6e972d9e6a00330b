import Datasets
import Imaging
import Models
import NeuralNetworks
import Support
import Synchronization
import Tensors

/// Measures a corrector on held-out photos with fixed distortions: x, x_s and ŷ against y.
public struct Validation: Sendable {
  /// Means over the photos.
  public struct Result: Sendable {
    /// Of the centre of x, of x_s, of ŷ; pixels count from 0 to 1.
    public var distorted: ImageQuality
    public var transformed: ImageQuality
    public var corrected: ImageQuality
    /// Mean absolute error of θ's six numbers; without a transformer, of the identity.
    public var thetaError: Double

    /// As metrics, named `validation/…`.
    public var metrics: [(name: String, value: Double)] {
      let views = [
        ("distorted", distorted), ("transformed", transformed), ("corrected", corrected),
      ]
      return views.flatMap { name, quality in
        [
          ("validation/\(name)/mse", quality.mse), ("validation/\(name)/psnr", quality.psnr),
          ("validation/\(name)/ssim", quality.ssim),
        ]
      } + [("validation/theta_error", thetaError)]
    }
  }

  /// A held-out photo, decoded once: its middle 256×256 pixels.
  private struct Photo {
    let name: String
    let center: RGBImage
  }

  private let photos: [Photo]
  private let ranges: Distortion
  private let seed: UInt64
  /// Distorted draws of each photo.
  private let draws: Int

  /// Decodes the photos.
  ///
  /// - Parameters:
  ///   - limit: at most so many photos, the first by name; of these, those that can be used.
  ///   - isStrict: whether a photo that cannot be used is an error.
  ///   - leftOut: called for each photo that cannot be used.
  /// - Throws: `UserError` when no photo can be used, or, where that is wanted, for the first that
  ///   cannot.
  public init(
    _ folder: PhotoFolder, ranges: Distortion, seed: UInt64, draws: Int = 1,
    limit: Int = .max, isStrict: Bool = false, leftOut: (LeftOutPhoto) -> Void = { _ in }
  ) throws {
    let chosen = folder.photos.prefix(limit)
    photos = try chosen.compactMap { photo in
      do {
        return Photo(name: photo.name, center: try photo.center256())
      } catch let error as UserError {
        if isStrict { throw error.strict }
        leftOut(photo.leftOut(error))
        return nil
      }
    }
    guard !photos.isEmpty else { throw UserError.unusable(chosen.count, of: folder.path) }
    self.ranges = ranges
    self.seed = seed
    self.draws = draws
  }

  /// - Returns: the means, and a picture of the first `rows` photos with their names:
  ///   y | x | x_s | ŷ.
  /// - Throws: `UserError` for a distortion that makes no image.
  public func callAsFunction(
    _ corrector: Corrector, tape: Tape, active: Set<CorrectorConfiguration.Stage>, batch: Int = 16,
    rows: Int = 6
  ) throws -> (result: Result, picture: RGBImage) {
    let cases = photos.flatMap { photo in (0..<draws).map { (photo, $0) } }
    let compiled = try CompiledCorrector(
      corrector, wanted: [.theta, .cropped, .corrected], active: active,
      engine: try tape.engine.forInference(), context: tape.context)
    var sums = [ImageQuality](repeating: ImageQuality(mse: 0, ssim: 0), count: 3)
    var thetaError = 0.0
    var strips: [ImageSheet.Strip] = []
    for start in stride(from: 0, to: cases.count, by: batch) {
      let part = cases[start..<min(start + batch, cases.count)]
      let prepared = try part.map { photo, draw in
        let distortion = ranges.draw(seed: seed, item: photo.name, draw: draw)
        return (
          name: photo.name, y: photo.center, x: try distortion.apply(to: photo.center),
          theta: distortion.theta
        )
      }
      let side = Corrector.outputSide
      let y = try Normalization.imageNet.batch(prepared.map(\.y), side: side)
      let x = try Normalization.imageNet.batch(prepared.map(\.x), side: DistortionRanges.side)
      let output = try compiled(x)
      guard let cropped = output[.cropped], let corrected = output[.corrected] else {
        throw UserError("the corrector gave no image")
      }
      let center = try Normalization.imageNet.batch(prepared.map(\.x), side: side)
      let views = [center, cropped, corrected].map(PixelValues.init)
      let truth = PixelValues(y)
      let qualities = Mutex<[Int: ImageQuality]>([:])
      tape.context.pool.run(views.count * part.count) { task, _ in
        let (view, image) = (task / part.count, task % part.count)
        let quality = views[view].quality(image, truth)
        qualities.withLock { $0[task] = quality }
      }
      let found = qualities.withLock { $0 }
      for task in 0..<views.count * part.count {
        guard let quality = found[task] else {
          throw UserError("the quality of a held-out photo was not measured")
        }
        sums[task / part.count].mse += quality.mse
        sums[task / part.count].ssim += quality.ssim
      }
      let predicted = output[.theta]?.elements
      for (index, item) in prepared.enumerated() {
        let guess =
          predicted.map { $0[index * 6..<index * 6 + 6].map(Double.init) } ?? [1, 0, 0, 0, 1, 0]
        thetaError += zip(guess, item.theta).reduce(0) { $0 + abs($1.0 - $1.1) } / 6
        if strips.count < rows, let images = truth.strip(index, views) {
          strips.append(ImageSheet.Strip(name: item.name, images: images))
        }
      }
    }
    let count = Double(max(cases.count, 1))
    let means = sums.map { ImageQuality(mse: $0.mse / count, ssim: $0.ssim / count) }
    return (
      Result(
        distorted: means[0], transformed: means[1], corrected: means[2],
        thetaError: thetaError / count),
      ImageSheet(
        columns: ["canonical y", "distorted x", "transformed x_s", "corrected ŷ"], strips: strips
      ).image
    )
  }
}

/// A batch of normalised images as values from 0 to 1, cut off there as pixels are.
struct PixelValues: Sendable {
  private let values: Tensor

  init(_ normalised: Tensor) { values = Normalization.imageNet.unit(normalised) }

  private var imageCount: Int { values.count / max(values.shape[0], 1) }

  /// Image `index` against the same of other values.
  func quality(_ index: Int, _ other: PixelValues) -> ImageQuality {
    values.withUnsafeBufferPointer { mine in
      other.values.withUnsafeBufferPointer { theirs in
        let range = index * imageCount..<(index + 1) * imageCount
        return ImageQuality(
          UnsafeBufferPointer(rebasing: mine[range]), UnsafeBufferPointer(rebasing: theirs[range]),
          height: values.shape[1], width: values.shape[2])
      }
    }
  }

  /// The image as pixels.
  func image(_ index: Int) -> RGBImage? {
    values.withUnsafeBufferPointer { memory in
      RGBImage(
        width: values.shape[2], height: values.shape[1],
        pixels: memory[index * imageCount..<(index + 1) * imageCount].map {
          // NaN, of a corrector that diverged, is black.
          UInt8(max(0, $0 * 255).rounded())
        })
    }
  }

  /// This image and the same of other views, side by side.
  func strip(_ index: Int, _ views: [PixelValues]) -> [RGBImage]? {
    let images = ([self] + views).compactMap { $0.image(index) }
    return images.count == views.count + 1 ? images : nil
  }
}
