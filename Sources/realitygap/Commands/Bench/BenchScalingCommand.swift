import ArgumentParser
import Models
import Reporting
import Support
import Tensors

/// `realitygap bench scaling`: how speed grows with threads.
struct BenchScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "How speed grows with threads: measured, and rehearsed for more than there are.",
    discussion: """
      Each work runs on one thread and on several in turn. A rehearsal runs every task that threads \
      would share by itself and hands them out as the threads would take them; what it costs to hand \
      a loop over is measured on this machine's threads and taken to grow with their number. So it \
      knows of tasks that are too few or unequal and of what runs on one thread only. It does not \
      know of memory and caches that cores share (the last column says what they would have to give) \
      nor of clocks that fall when all cores work.
      """)

  @Option(
    help: "Comma-separated: models, correct (the paper's G), train (default: all the paper has).")
  var works: String?

  @Option(help: "The largest number of threads (default: 64, or a batch's images).")
  var most: Int?

  @Option(help: "Channels of the first level of G's U-Net.")
  var width = 16

  @Option(help: "Images of a training step.")
  var trainingBatch = 8

  @OptionGroup var options: BenchOptions

  func validate() throws {
    try check("most", most, in: 2...1024)
    try check("width", width, in: 1...256)
    try check("training-batch", trainingBatch, in: 2...256)
    guard options.batching.size >= 2, most ?? 2 <= options.batching.size else {
      throw ValidationError(
        "--batch \(options.batching.size): must be at least --most, since threads that are more than "
          + "the images share single images, which is not rehearsed")
    }
  }

  func run() throws {
    let context = try options.compute.makeContext()
    let available = context.pool.threads
    guard available > 1 else {
      throw UserError(
        "one thread: what it costs to share a loop cannot be measured",
        remedy: "give the process two processors and --threads 2 or more")
    }
    let handover = MachinePeak.handover(context: context)
    let isText = options.measurement.json != "-"
    if isText {
      print(
        "to hand a loop over to \(available) threads takes "
          + "\(Numbers.short(handover / .microseconds(1))) µs")
    }
    var rows: [ScalingWork.Row] = []
    for work in try chosen() {
      let made = try counts(available).map { threads in
        try work.row(
          threads: threads, handover: handover * threads / available, available: available,
          options.measurement)
      }
      if isText {
        let engine = options.compute.engine.rawValue
        print("\n\(work.name), \(work.images) images, engine \(engine)")
        print(Terminal.set(whole: "--json") { ScalingWork.table(made).text }, terminator: "")
      }
      rows += made
    }
    try options.measurement.writeJSON(rows)
  }

  /// 2, 4, 8, … and what the machine has, up to the largest.
  private func counts(_ available: Int) -> [Int] {
    let most = most ?? min(options.batching.size, 64)
    let powers = sequence(first: 2) { $0 * 2 }.prefix { $0 <= most }
    return Set(powers).union([available, most].filter { $0 <= most }).sorted()
  }

  private func chosen() throws -> [ScalingWork] {
    let names =
      works?.split(separator: ",").map(String.init)
      ?? Architecture.paper.map(\.name) + ["correct", "train"]
    return try names.map { name in
      switch name {
      case "correct": try correct()
      case "train": train()
      default: try classify(Architecture.named(name))
      }
    }
  }

  private func classify(_ architecture: Architecture) throws -> ScalingWork {
    let (batch, backend) = (options.batching.size, try options.compute.makeBackend())
    let images = Tensor.random([batch, ImageSide.canonical, ImageSide.canonical, 3])
    return ScalingWork(
      name: "inference \(architecture.name) \(options.compute.precision.rawValue)", images: batch
    ) { context in
      let classifier = try options.classifier(architecture, backend, context)
      return ScalingWork.Prepared(
        run: { _ = try classifier.logits(images) },
        sharedBytes: try classifier.sharedBytes(images: batch))
    }
  }

  private func correct() throws -> ScalingWork {
    let (batch, backend) = (options.batching.size, try options.compute.makeBackend())
    let images = Tensor.random([batch, ImageSide.distorted, ImageSide.distorted, 3])
    return ScalingWork(
      name: "correct width \(width) \(options.compute.precision.rawValue)", images: batch
    ) { context in
      let compiled = try CompiledCorrector(
        .paper(width: width), backend: backend, precision: options.compute.precision,
        context: context)
      return ScalingWork.Prepared(
        run: { _ = try compiled.correct(images) },
        sharedBytes: try compiled.sharedBytes(images: batch))
    }
  }

  private func train() -> ScalingWork {
    ScalingWork(
      name: "train width \(width) \(options.compute.precision.rawValue)", images: trainingBatch
    ) { context in
      let step = try TrainingBenchmark(
        width: width, batch: trainingBatch, backend: try options.compute.makeTrainingBackend(),
        context: context)
      return ScalingWork.Prepared(run: { try step() })
    }
  }
}
