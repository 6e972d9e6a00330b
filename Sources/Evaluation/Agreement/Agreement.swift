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
    public let name: String
    public let isCeiling: Bool
    /// Agreeing draws; the interval is clustered by photo.
    public let agreement: ClusteredProportion
    /// Mean squared error against y, pixels counted from 0 to 1.
    public let mse: Double
    /// That over the mean squared error of the distorted images' centres.
    public let relativeMSE: Double
    /// Top-1 class by photo and draw, for comparisons in pairs.
    public let classes: [Int]
  }

  private let photos: [PhotoFolder.Photo]
  private let ranges: Distortion
  private let seed: UInt64
  private let draws: Int
  private let classifier: any ImageClassifier

  public init(
    _ folder: PhotoFolder, ranges: Distortion, seed: UInt64, draws: Int,
    classifier: any ImageClassifier
  ) {
    photos = folder.photos
    self.ranges = ranges
    self.seed = seed
    self.draws = draws
    self.classifier = classifier
  }

  /// Prepares each batch once and restores it in every way.
  ///
  /// - Parameter progress: called with the draws that are done, and all.
  /// - Throws: `UserError` naming a photo that cannot be used.
  public func callAsFunction(
    _ restorations: [Restoration], batch: Int, threads: Int,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> [Row] {
    let (photos, ranges, seed, draws) = (photos, ranges, seed, draws)
    let loader = PrefetchingLoader<Result<[Prepared], any Error>>(
      count: photos.count, threads: threads, ahead: threads + 2
    ) { index in
      Result { try Prepared.all(of: photos[index], ranges, seed: seed, draws: draws) }
    }
    defer { loader.cancel() }
    var tallies = [[ItemTally]](repeating: [], count: restorations.count)
    var errors = [Double](repeating: 0, count: restorations.count)
    var classes = [[Int]](repeating: [], count: restorations.count)
    var baseline = 0.0
    for photo in 0..<photos.count {
      guard let prepared = try loader.next()?.get() else { break }
      var counts = [Int](repeating: 0, count: restorations.count)
      for start in stride(from: 0, to: prepared.count, by: batch) {
        let input = try Prepared.input(prepared[start..<min(start + batch, prepared.count)])
        let truth = try top1(input.canonical)
        baseline += squaredError(
          try Normalization.imageNet.batch(
            prepared[start..<min(start + batch, prepared.count)].map(\.x), side: 224),
          input.canonical)
        for (index, restoration) in restorations.enumerated() {
          let restored = try restoration.restore(input)
          let found = try top1(restored)
          classes[index] += found
          counts[index] += zip(found, truth).count { $0 == $1 }
          errors[index] += squaredError(restored, input.canonical)
        }
      }
      for index in restorations.indices {
        tallies[index].append(
          ItemTally(item: photos[photo].name, correct: counts[index], total: prepared.count))
      }
      progress((photo + 1) * draws, photos.count * draws)
    }
    let images = Double(max(photos.count * draws, 1))
    return restorations.enumerated().map { index, restoration in
      Row(
        name: restoration.name, isCeiling: restoration.isCeiling,
        agreement: ClusteredProportion(tallies[index]), mse: errors[index] / images,
        relativeMSE: errors[index] / max(baseline, 1e-12), classes: classes[index])
    }
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
  let y: RGBImage
  let x: RGBImage
  let affineOnly: RGBImage
  let colorOnly: RGBImage
  let theta: [Double]

  static func all(
    of photo: PhotoFolder.Photo, _ ranges: Distortion, seed: UInt64, draws: Int
  ) throws -> [Prepared] {
    let center = CanonicalTransform.center256(try RGBImage(path: photo.path))
    return try (0..<draws).map { draw in
      let distortion = ranges.draw(seed: seed, item: photo.name, draw: draw)
      return Prepared(
        y: center, x: try distortion.apply(to: center),
        affineOnly: try distortion.applyGeometry(to: center),
        colorOnly: try distortion.applyColor(to: center), theta: distortion.theta)
    }
  }

  static func input(_ prepared: ArraySlice<Prepared>) throws -> Restoration.Input {
    func batch(_ image: (Prepared) -> RGBImage, _ side: Int) throws -> Tensor {
      try Normalization.imageNet.batch(prepared.map(image), side: side)
    }
    let thetas = prepared.flatMap { $0.theta.map { Float($0) } }
    return Restoration.Input(
      distorted: try batch(\.x, 256), affineOnly: try batch(\.affineOnly, 256),
      colorOnly: try batch(\.colorOnly, 256), canonical256: try batch(\.y, 256),
      canonical: try batch(\.y, 224),
      theta: Tensor([prepared.count, 2, 3]) { memory in
        for (index, value) in thetas.enumerated() { memory[index] = value }
      })
  }
}
