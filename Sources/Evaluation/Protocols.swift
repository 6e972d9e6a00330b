import Datasets
import Imaging
import Tensors
import Tracking

/// A classifier that is ready to run.
public protocol ImageClassifier: Sendable {
  /// The model's name, e.g. `resnet50`.
  var name: String { get }
  /// SHA-256 of the weights' file.
  var weightsDigest: String { get }
  /// - Parameter batch: `[N, 224, 224, 3]`, normalised as the network was trained.
  /// - Returns: logits `[N, classes]`.
  func logits(_ batch: Tensor) throws -> Tensor
  /// What `logits` gives for several batches, one result `[N_i, classes]` each, maybe faster.
  ///
  /// - Parameter batches: `[N_i, 224, 224, 3]`, normalised as the network was trained.
  func logits(ofParts batches: [Tensor]) throws -> [Tensor]
  /// Begins with several batches, if it can; what this returns gives `logits(ofParts:)` of them. Calls are
  /// ended in the order in which they are begun.
  func begin(_ batches: [Tensor]) -> () throws -> [Tensor]
  /// Whether it computes while this process does other things, once it has begun.
  var computesElsewhere: Bool { get }
  /// The version of what computes, where that is not the run's engine.
  var engineVersion: String? { get }
}

extension ImageClassifier {
  /// One after the other.
  public func logits(ofParts batches: [Tensor]) throws -> [Tensor] { try batches.map(logits) }
  /// At the end.
  public func begin(_ batches: [Tensor]) -> () throws -> [Tensor] {
    { try logits(ofParts: batches) }
  }
  /// False.
  public var computesElsewhere: Bool { false }
  /// The run's engine.
  public var engineVersion: String? { nil }
}

/// A corrector G that is ready to run.
public protocol ImageCorrector: Sendable {
  /// SHA-256 of its file.
  var digest: String { get }
  /// Whether it does better with the photos that images are views of.
  var readsPhotos: Bool { get }
  /// - Parameters:
  ///   - images: x, `[N, 256, 256, 3]`, normalised.
  ///   - photos: for each image what it is a view of, or `nil`; empty where there are none.
  /// - Returns: ŷ, `[N, 224, 224, 3]`, normalised.
  func correct(_ images: Tensor, photos: [PhotoView.Source?]) throws -> Tensor
}

extension ImageCorrector {
  /// ŷ of views of 256×256 pixels.
  ///
  /// - Throws: As `correct(_:photos:)`; `UserError` for a view of another size.
  public func correct(_ views: [PhotoView]) throws -> Tensor {
    try correct(
      Normalization.imageNet.batch(views.map(\.pixels), side: ImageSide.distorted),
      photos: readsPhotos ? views.map(\.source) : [])
  }
}

/// A dataset whose images are decoded, resized and distorted on demand.
public protocol PreparedSource: Sendable {
  /// Tells images and labels apart from any other set's.
  var fingerprint: String { get }
  /// The layout, e.g. `class-folders`.
  var kind: String { get }
  /// Where it lies, for messages and the record of the run.
  var path: String { get }
  /// Whether the images were computed to look like photographs of prints.
  var isSimulated: Bool { get }
  /// The settings under which every image was photographed, which raw draws count; empty by default,
  /// where there is one raw view of each image.
  var settings: [String] { get }
  /// Notes for the user that are not errors, one line each, e.g. files left out.
  var notes: [String] { get }
  /// How many images it has without a limit.
  var available: Int { get }
  /// The images, in the order in which they are evaluated; names are unique.
  var items: [DatasetRecord.Item] { get }

  /// The classes that labels count in and networks must have; `nil`, the default, for whichever these have.
  var classList: ClassList? { get }

  /// The classes that a prediction can be, ascending; `nil`, the default, for all that a network has.
  var classes: [Int]? { get }

  /// Whether there are canonical images, which can be distorted, too; by default there are.
  var hasCanonical: Bool { get }

  /// Begins to prepare batches, ahead of their use if it can. Requests of one image follow each
  /// other, so that it need be decoded once only.
  ///
  /// - Returns: gives the next batch, an element for each request in its order; `nil` after the last.
  func prepare(_ batches: [[ViewRequest]]) throws -> () throws -> [PreparedImages]?
}

extension PreparedSource {
  /// None.
  public var settings: [String] { [] }
  /// There are.
  public var hasCanonical: Bool { true }
  /// Whichever the networks have.
  public var classList: ClassList? { nil }
  /// All.
  public var classes: [Int]? { nil }
}
