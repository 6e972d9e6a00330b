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
    /// Of x_s.
    public var transformed: ImageQuality
    /// Of ŷ.
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

  /// A held-out photo, decoded once.
  private struct HeldOut {
    let name: String
    /// 256×256.
    let center: RGBImage
  }

  private let photos: [HeldOut]
  private let draws: DistortionDraws
  private let photographs: PhotographCache?
  /// Draws of each photo.
  private let count: Int
  private let threads: Int

  /// Decodes the photos.
  ///
  /// - Parameters:
  ///   - draws: distorted draws of each photo.
  ///   - photographs: where photographs that the distortion makes are kept.
  ///   - limit: at most so many photos, the first by name; of these, those that can be used.
  ///   - threads: how many photos are decoded and distorted at once.
  ///   - faults: what happens to photos that cannot be used.
  /// - Throws: `UserError` when no photo can be used; with `--strict`, for the first that has a fault.
  public init(
    _ folder: PhotoFolder, distortion: Distortion, seed: UInt64, draws: Int = 1,
    photographs: PhotographCache? = nil, limit: Int = .max, threads: Int = 1,
    faults: PhotoFaults = PhotoFaults()
  ) throws {
    let chosen = Array(folder.photos.prefix(limit))
    let stream = PhotoStream(chosen, threads: threads, ahead: threads + 2) { _, photo in
      HeldOut(name: photo.photo.name, center: photo.center256)
    }
    defer { stream.cancel() }
    photos = try stream.compactMap(faults.use)
    guard !photos.isEmpty else { throw UserError.unusable(chosen.count, of: folder.path) }
    self.draws = DistortionDraws(distortion, seed: seed)
    self.photographs = photographs
    count = draws
    self.threads = threads
  }

  /// - Returns: the means, and a picture of the first `rows` photos with their names:
  ///   y | x | x_s | ŷ.
  /// - Throws: `UserError` for a distortion that makes no image.
  public func callAsFunction(
    _ corrector: Corrector, tape: Tape, active: Set<CorrectorConfiguration.Stage>, batch: Int = 16,
    rows: Int = 6
  ) throws -> (result: Result, picture: RGBImage) {
    let compiled = try CompiledCorrector(
      corrector, wanted: [.theta, .cropped, .corrected], active: active,
      backend: tape.backend, context: tape.context)
    let cases = photos.flatMap { photo in (0..<count).map { (photo: photo, draw: $0) } }
    let loader = PrefetchingLoader<Swift.Result<ViewPair, any Error>>(
      count: cases.count, threads: threads, ahead: 2 * batch
    ) { [draws, photographs] index in
      let (photo, draw) = cases[index]
      return Swift.Result {
        try ViewPair(
          photo.center, draws.drawn(item: photo.name, draw: draw), photographs: photographs)
      }
    }
    defer { loader.cancel() }
    var tally = Tally()
    for start in stride(from: 0, to: cases.count, by: batch) {
      let part = cases[start..<min(start + batch, cases.count)]
      let pairs = try loader.prefix(part.count).map { try $0.get() }
      let output = try compiled(try pairs.distorted(), photos: pairs.map(\.view.source))
      guard let cropped = output[.cropped], let corrected = output[.corrected] else {
        throw UserError("the corrector gave no image")
      }
      let views = [try pairs.distorted(side: ImageSide.canonical), cropped, corrected]
        .map(PixelValues.init)
      let truth = PixelValues(try pairs.canonical())
      try tally.add(views, truth, tape.context.pool)
      tally.add(output[.theta], pairs.map(\.wholeTheta))
      let shown = part.map(\.photo.name).prefix(max(rows - tally.strips.count, 0))
      tally.strips += shown.enumerated().compactMap { index, name in
        truth.strip(index, views).map { ImageSheet.Strip(name: name, images: $0) }
      }
    }
    return (tally.result(of: cases.count), tally.picture)
  }
}

/// The sums of a validation, view by view: x, x_s and ŷ.
private struct Tally {
  private var sums = [ImageQuality](repeating: ImageQuality(mse: 0, ssim: 0), count: 3)
  private var thetaError = 0.0
  var strips: [ImageSheet.Strip] = []

  /// Adds the quality of a batch's images, measured by all threads, in their order.
  mutating func add(_ views: [PixelValues], _ truth: PixelValues, _ pool: ThreadPool) throws {
    let count = truth.count
    let qualities = Mutex<[Int: ImageQuality]>([:])
    pool.run(views.count * count) { task, _ in
      let (view, image) = task.quotientAndRemainder(dividingBy: count)
      let quality = views[view].quality(image, truth)
      qualities.withLock { $0[task] = quality }
    }
    let found = qualities.withLock { $0 }
    for task in 0..<views.count * count {
      guard let quality = found[task] else {
        throw UserError("the quality of a held-out photo was not measured")
      }
      sums[task / count].mse += quality.mse
      sums[task / count].ssim += quality.ssim
    }
  }

  /// Adds the errors of θ; without a prediction it is taken for the identity.
  mutating func add(_ predicted: Tensor?, _ truth: [[Double]]) {
    for (index, theta) in truth.enumerated() {
      let guess = predicted.map { $0.theta(index).map(Double.init) } ?? [1, 0, 0, 0, 1, 0]
      let errors = Theta.differences(guess, theta)
      thetaError += errors.reduce(0, +) / Double(errors.count)
    }
  }

  func result(of count: Int) -> Validation.Result {
    let count = Double(max(count, 1))
    let means = sums.map { ImageQuality(mse: $0.mse / count, ssim: $0.ssim / count) }
    return Validation.Result(
      distorted: means[0], transformed: means[1], corrected: means[2],
      thetaError: thetaError / count)
  }

  var picture: RGBImage {
    ImageSheet(
      columns: ["canonical y", "distorted x", "transformed x_s", "corrected ŷ"], strips: strips
    ).image
  }
}

/// A batch of normalised images as values from 0 to 1, cut off there as pixels are.
struct PixelValues: Sendable {
  private let values: Tensor

  init(_ normalised: Tensor) { values = Normalization.imageNet.unit(normalised) }

  /// How many images there are.
  var count: Int { values.shape[0] }

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
