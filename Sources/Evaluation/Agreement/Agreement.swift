import Datasets
import Imaging
import Models
import Support
import Tensors
import Tracking

/// How often a classifier's top-1 on restored images is its top-1 on the canonical ones, and how far
/// the pixels are off. Needs photos but no labels, so that corrections can be chosen without looking
/// at a test set.
public struct Agreement {
  /// One restoration's outcome.
  public struct Row: Sendable {
    /// The restoration's.
    public let name: String
    /// Whether it is a bound, see `Restoration.isCeiling`.
    public let isCeiling: Bool
    /// Agreeing draws; the interval is clustered by photo.
    public let agreement: ClusteredProportion
    /// Mean squared error against y, pixels counted from 0 to 1.
    public let mse: Double
    /// That over the mean squared error of the distorted images' centres.
    public let relativeMSE: Double
    /// Top-1 class by photo and draw, for comparisons in pairs.
    public let classes: [Int]
    /// Photos that could not be used, the same in every row; nothing counts them.
    public let leftOut: [LeftOutPhoto]
    /// Photos that were used although their files are damaged, the same in every row.
    public let damaged: [DamagedPhoto]
  }

  private let folder: PhotoFolder
  private let source: DistortionDraws
  private let draws: Int
  private let classifier: any ImageClassifier
  private let faults: PhotoFaults

  /// - Parameters:
  ///   - draws: distortions of each photo.
  ///   - faults: what happens to photos that cannot be used.
  public init(
    _ folder: PhotoFolder, distortion: Distortion, seed: UInt64, draws: Int,
    classifier: any ImageClassifier, faults: PhotoFaults = PhotoFaults()
  ) {
    self.folder = folder
    source = DistortionDraws(distortion, seed: seed)
    self.draws = draws
    self.classifier = classifier
    self.faults = faults
  }

  /// Prepares each batch once and restores it in every way.
  ///
  /// - Parameter progress: called with the draws that are done, and all.
  /// - Throws: `UserError` when no photo can be used; with `--strict`, for the first that has a fault.
  public func callAsFunction(
    _ restorations: [Restoration], batch: Int, threads: Int,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> [Row] {
    let photos = folder.photos
    let stream = PhotoStream(photos, threads: threads, ahead: threads + 2) {
      [source, draws] _, photo in
      let center = photo.center256
      return try (0..<draws).map {
        try Prepared(center, source.drawn(item: photo.photo.name, draw: $0))
      }
    }
    defer { stream.cancel() }
    var sums = [Sums](repeating: Sums(), count: restorations.count)
    var baseline = 0.0
    for (index, outcome) in stream.enumerated() {
      if let prepared = try faults.use(outcome) {
        var counts = [Int](repeating: 0, count: restorations.count)
        for start in stride(from: 0, to: prepared.count, by: batch) {
          let part = prepared[start..<min(start + batch, prepared.count)]
          baseline += try add(part, restorations, &sums, &counts)
        }
        for (row, count) in counts.enumerated() {
          sums[row].tallies.append(
            ItemTally(item: outcome.photo.name, correct: count, total: prepared.count))
        }
      }
      progress((index + 1) * draws, photos.count * draws)
    }
    let leftOut = faults.leftOut
    guard leftOut.count < photos.count else {
      throw UserError.unusable(photos.count, of: folder.path)
    }
    let images = Double((photos.count - leftOut.count) * draws)
    return zip(restorations, sums).map { restoration, sums in
      Row(
        name: restoration.name, isCeiling: restoration.isCeiling,
        agreement: ClusteredProportion(sums.tallies), mse: sums.error / images,
        relativeMSE: sums.error / max(baseline, 1e-12), classes: sums.classes,
        leftOut: leftOut, damaged: faults.damaged)
    }
  }

  /// Of one restoration.
  private struct Sums {
    var tallies: [ItemTally] = []
    /// Of squared errors.
    var error = 0.0
    var classes: [Int] = []
  }

  /// Restores a batch in every way.
  ///
  /// - Parameter counts: by restoration, how many of the photo's draws agree.
  /// - Returns: the squared error of the distorted images' centres.
  private func add(
    _ part: ArraySlice<Prepared>, _ restorations: [Restoration], _ sums: inout [Sums],
    _ counts: inout [Int]
  ) throws -> Double {
    let input = try Restoration.Input(part)
    let truth = try top1(input.canonical)
    for (index, restoration) in restorations.enumerated() {
      let restored = try restoration.restore(input)
      let found = try top1(restored)
      sums[index].classes += found
      counts[index] += zip(found, truth).count { $0 == $1 }
      sums[index].error += squaredError(restored, input.canonical)
    }
    return squaredError(
      try part.map(\.pair).distorted(side: ImageSide.canonical), input.canonical)
  }

  private func top1(_ images: Tensor) throws -> [Int] {
    let logits = try classifier.logits(images)
    let count = logits.count / max(logits.shape[0], 1)
    return try logits.withUnsafeBufferPointer { values in
      try (0..<logits.shape[0]).map { row in
        try Prediction(logits: values[row * count..<(row + 1) * count], label: 0).predicted
      }
    }
  }

  /// The sum over images of the mean squared error, on the scale 0…1.
  private func squaredError(_ a: Tensor, _ b: Tensor) -> Double {
    let (x, y) = (Normalization.imageNet.unit(a), Normalization.imageNet.unit(b))
    let sum = x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        var sum = 0.0
        for index in 0..<x.count {
          let difference = Double(x[index]) - Double(y[index])
          sum += difference * difference
        }
        return sum
      }
    }
    return sum / Double(max(a.count / max(a.shape[0], 1), 1))
  }
}

/// A photo with one of its distortions.
private struct Prepared: Sendable {
  let pair: ViewPair
  let affineOnly: RGBImage
  let colorOnly: RGBImage

  init(_ center256: RGBImage, _ distortion: any DrawnDistortion) throws {
    pair = try ViewPair(center256, distortion)
    affineOnly = try distortion.applyGeometry(to: center256)
    colorOnly = try distortion.applyColor(to: center256)
  }
}

extension Restoration.Input {
  fileprivate init(_ prepared: ArraySlice<Prepared>) throws {
    let pairs = prepared.map(\.pair)
    func batch(_ image: (Prepared) -> RGBImage) throws -> Tensor {
      try Normalization.imageNet.batch(prepared.map(image), side: ImageSide.distorted)
    }
    self.init(
      distorted: try pairs.distorted(), photos: pairs.map(\.view.source),
      affineOnly: try batch(\.affineOnly),
      colorOnly: try batch(\.colorOnly),
      canonical256: try pairs.canonical(side: ImageSide.distorted),
      canonical: try pairs.canonical(), theta: pairs.theta)
  }
}
