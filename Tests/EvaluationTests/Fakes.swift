import Datasets
import Evaluation
import Foundation
import Imaging
import Support
import Synchronization
import Tensors
import Tracking

/// Counts events by name, from any thread.
final class Counter: Sendable {
  private let counts = Mutex<[String: Int]>([:])

  func add(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }

  subscript(name: String) -> Int { counts.withLock { $0[name] ?? 0 } }
}

/// Images of one colour that depends on item, draw and view; some fail.
struct FakeSource: PreparedSource {
  var fingerprint = "fingerprint"
  var kind = "labelled-folder"
  var path = "/fake"
  var isSimulated = false
  var notes: [String] = []
  var items: [DatasetRecord.Item]
  var available: Int { items.count }
  var broken: Set<String> = []
  /// SHA-256 of the encoded images, by name.
  var digests: [String: String] = [:]
  /// After so many batches the next one throws, as a process would end.
  var batchesBeforeDeath: Int?
  var counter = Counter()

  init(count: Int) {
    items = (0..<count).map { .init(name: String(format: "%02d.jpg", $0), label: $0 % 5) }
  }

  func prepare(_ batches: [[ViewRequest]]) throws -> () throws -> [PreparedImages]? {
    var remaining = batches[...]
    var delivered = 0
    return {
      if delivered == batchesBeforeDeath { throw UserError("killed") }
      guard let batch = remaining.popFirst() else { return nil }
      delivered += 1
      counter.add("batch")
      return batch.map(image)
    }
  }

  private func image(_ request: ViewRequest) -> PreparedImages {
    if broken.contains(items[request.item].name) { return .failed(reason: "not a JPEG file") }
    let photo =
      request.keepsPhoto
      ? PhotoView(middleOf: RGBImage(width: 300, height: 300), side: 256).source : nil
    var images: [ImageView: PhotoView] = [:]
    for view in request.views {
      counter.add("\(view) \(request.item) \(request.draw)")
      let colour = request.item * 37 + (view == .canonical ? 0 : 11 + request.draw * 53)
      images[view] = PhotoView(
        RGBImage(
          width: view.side, height: view.side, filledWith: UInt8(truncatingIfNeeded: colour)),
        source: view == .raw ? photo : nil)
    }
    return .images(images, sha256: digests[items[request.item].name])
  }
}

/// Ten logits that depend on the first pixel, the batch's position not.
struct FakeClassifier: ImageClassifier {
  let name: String
  let weightsDigest: String
  var counter = Counter()

  func logits(_ batch: Tensor) throws -> Tensor {
    counter.add(name)
    let count = batch.shape[0]
    let stride = batch.count / max(count, 1)
    let factor = Float(name.utf8.count)
    return Tensor([count, 10]) { memory in
      for row in 0..<count {
        for index in 0..<10 {
          memory[row * 10 + index] = sin(batch[row * stride] * factor + Float(index) * 1.3) * 4
        }
      }
    }
  }
}

/// Cuts out the centre and scales every value.
struct FakeCorrector: ImageCorrector {
  var digest = "corrector"
  var scale: Float = 0.5
  let counter: Counter
  var readsPhotos = false

  func correct(_ images: Tensor, photos: [PhotoView.Source?]) throws -> Tensor {
    counter.add(digest)
    counter.add("photos \(photos.count { $0 != nil }) of \(photos.count)")
    guard images.shape[1...] == [256, 256, 3] else { throw UserError("shape \(images.shape)") }
    return Tensor([images.shape[0], 224, 224, 3]) { memory in
      for row in 0..<images.shape[0] {
        let value = images[row * 256 * 256 * 3] * scale
        for index in 0..<(224 * 224 * 3) { memory[row * 224 * 224 * 3 + index] = value }
      }
    }
  }
}

/// An experiment of two models on a fake dataset, with a database of its own.
final class Laboratory: Sendable {
  let path: String
  let counter = Counter()

  init() {
    path = NSTemporaryDirectory() + "/realitygap-evaluation-\(UUID().uuidString).sqlite"
  }

  deinit {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
  }

  static let experiment = Experiment(
    name: "mine", title: "Mine", models: ["resnet50", "vgg11"],
    datasets: [.init(name: "photos", path: "/fake")],
    conditions: [.canonical, .distorted, .corrected], seed: 3, draws: 3, digest: "e", file: "/e")

  /// A runner on a fresh connection.
  func runner(
    _ source: FakeSource, experiment: Experiment = Laboratory.experiment,
    correctors: [CorrectorIdentity] = [CorrectorIdentity(digest: "corrector")],
    readsPhotos: Bool = false,
    options: EvaluationOptions = EvaluationOptions(batchSize: 4)
  ) throws -> ExperimentRunner {
    let counter = counter
    return ExperimentRunner(
      experiment: experiment, store: try Store(path: path),
      providers: Providers(
        weights: { WeightsRecord(sha256: "w-\($0)", architecture: $0, path: "/w/\($0).h5") },
        classifier: { weights in
          counter.add("load \(weights.architecture)")
          return FakeClassifier(
            name: weights.architecture, weightsDigest: weights.sha256, counter: counter)
        },
        source: { _, _ in source },
        correctors: correctors.map { identity in
          CorrectorReference(path: "/\(identity.name ?? "g").h5", identity: identity) {
            FakeCorrector(
              digest: identity.digest, scale: identity.digest == "corrector" ? 0.5 : -1.5,
              counter: counter, readsPhotos: readsPhotos)
          }
        }),
      environment: RunEnvironment(
        engine: "openblas", engineVersion: "OpenBLAS 0.3.21", precision: "float32", threads: 2,
        versions: ["realitygap": "test"], commit: "abc", command: "realitygap run mine.yaml"),
      options: options)
  }

  /// All predictions, without ids and times.
  func rows() throws -> [DrawOutcome] {
    let store = try Store(path: path)
    return try store.evaluations(experiment: "mine").sorted { $0.cellKey < $1.cellKey }
      .flatMap { try store.outcomes(evaluation: $0.id) }
  }
}
