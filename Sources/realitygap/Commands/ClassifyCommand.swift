import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Imaging
import Models
import Support
import Tensors
import WeightFiles

/// `realitygap classify`: a network's predictions for some images.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Print the five most probable classes of each image.",
    discussion: """
      Images go through the canonical pipeline: shorter side 256, centre 224. With --as-is they are \
      taken pixel for pixel, so that `distort`, `correct` and `classify` can be chained.
      """)

  @Argument(help: "Image files: \(ImageFormat.choiceText).", completion: .file())
  var images: [String]

  @Option(help: "The network's weights, as `import` writes them.", completion: .file())
  var weights: String

  @Option(
    name: [.customLong("model"), .customLong("models")],
    help: "The model (default: the one the weights fit).")
  var model: String?

  @OptionGroup var classes: ClassOptions

  @Option(help: "A corrector G to put before the network.", completion: .file(extensions: ["h5"]))
  var corrector: String?

  @Flag(help: "Print one JSON object per line instead of text.")
  var json = false

  @Option(help: "Also write the logits [N, classes] to this HDF5 file, in the order of the images.")
  var logits: String?

  @Flag(
    help: """
      Take 224x224 images (256x256 with --corrector) as they are, such as those written by \
      canonical, correct and distort.
      """)
  var asIs = false

  @OptionGroup var printed: PrintedOptions

  @OptionGroup var batching: BatchOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard !images.isEmpty else { throw ValidationError("name at least one image") }
    if asIs, printed.printed { throw ValidationError("--as-is and --printed exclude each other") }
  }

  func run() throws {
    let list = try classes.list()
    // Before the work and not after it.
    if let logits { try AtomicFile.check(logits) }
    let context = try compute.makeContext()
    let classifier = try Classifier(
      weightsAt: weights, architecture: try model.map { try Architecture.named($0) },
      backend: try compute.makeBackend(), precision: compute.precision, context: context)
    guard classifier.architecture.classes == list.count else {
      throw UserError(
        "\(weights): has \(classifier.architecture.classes) classes, not the \(list.count) of "
          + list.title, remedy: "say with --classes FILE which these are")
    }
    let corrector = try corrector.map { try compute.corrector($0, context) }
    let side = corrector == nil ? ImageSide.canonical : ImageSide.distorted
    let stream = try stream(
      side: side, keepsPhotos: corrector?.readsPhotos ?? false, threads: context.pool.threads)
    defer { stream.cancel() }
    var all: [Float] = []
    for start in stride(from: 0, to: images.count, by: batching.size) {
      let names = images[start..<min(start + batching.size, images.count)]
      let pixels = try stream.prefix(names.count).map { outcome in
        NamedImage.note(outcome.damage, of: outcome.photo)
        return try outcome.result.get()
      }
      let input =
        try corrector?.correct(pixels)
        ?? Normalization.imageNet.batch(pixels.map(\.pixels), side: side)
      let output = try classifier.logits(input).elements
      for (row, name) in names.enumerated() {
        let range = row * list.count..<(row + 1) * list.count
        guard output[range].allSatisfy(\.isFinite) else {
          throw UserError(
            "\(name): the network's logits are not finite", remedy: "check \(weights)")
        }
        try show(name, try TopClasses(logits: output[range], count: 5, classes: list))
      }
      if logits != nil { all += output }
    }
    if let logits, let tensor = Tensor(all, shape: [images.count, list.count]) {
      try HDF5Writer.create(logits) { try $0.write(tensor, to: "logits") }
    }
  }

  /// The images, as they are where that is asked for, or their middle 256×256 pixels, with the
  /// photos themselves if the corrector reads them.
  private func stream(
    side: Int, keepsPhotos: Bool, threads: Int
  ) throws -> PhotoStream<PhotoView> {
    let (isAsIs, isPrinted) = (asIs, printed.printed)
    let note = PreparedImageNote()
    return PhotoStream(
      try printed.photos(of: images, classes: classes.list()), threads: threads,
      ahead: 2 * batching.size
    ) { _, photo in
      if isAsIs { return PhotoView(try NamedImage.asIs(photo, side: side)) }
      if !isPrinted { note(photo) }
      return keepsPhotos ? photo.view256 : PhotoView(photo.center256)
    }
  }

  private func show(_ image: String, _ top: TopClasses) throws {
    if json {
      let line = Line(image: image, top5: top.entries)
      print(try JSONValue.storedText(of: line, keys: .useDefaultKeys))
      return
    }
    print(image)
    for entry in top.entries {
      print(String(format: "  %6.2f %%  %@ (%d)", 100 * entry.probability, entry.name, entry.index))
    }
  }

  private struct Line: Encodable {
    let image: String
    let top5: [TopClasses.Entry]
  }
}

/// The top classes of one image.
struct TopClasses {
  struct Entry: Encodable {
    let index: Int
    /// Of ImageNet's classes alone.
    let wnid: String?
    let name: String
    let logit: Float
    let probability: Double
  }

  let entries: [Entry]

  /// - Parameter logits: one per class; equal ones are ordered by class.
  /// - Throws: `UserError` for a class without a name.
  init(logits: ArraySlice<Float>, count: Int, classes: ClassList) throws {
    let values = Array(logits)
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    let largest = Double(order.first.map { values[$0] } ?? 0)
    let sum = values.reduce(0) { $0 + exp(Double($1) - largest) }
    entries = try order.prefix(count).map { index in
      guard let known = classes[index] else {
        throw UserError("class \(index): not one of \(classes.title)")
      }
      return Entry(
        index: index, wnid: classes.isImageNet ? known.id : nil, name: known.name,
        logit: values[index], probability: exp(Double(values[index]) - largest) / sum)
    }
  }
}
