import Datasets
import Imaging
import Support
import Tensors
import Tracking

/// Computes the open cells of one dataset: each batch is prepared once, corrected once by every
/// corrector, shown to every model, and stored in one transaction.
struct Evaluator {
  /// A cell with a row in the store.
  @dynamicMemberLookup
  struct OpenCell {
    let evaluation: Int64
    let identity: CellIdentity

    subscript<Value>(dynamicMember key: KeyPath<CellIdentity, Value>) -> Value {
      identity[keyPath: key]
    }
  }

  let store: Store
  /// The run that computes, in the store.
  let runID: Int64
  let options: EvaluationOptions
  let dataset: Experiment.Dataset
  let source: any PreparedSource
  /// Ids of the source's items in the store.
  let items: [Int64]
  let cells: [OpenCell]
  /// By model.
  let classifiers: [String: any ImageClassifier]
  /// By SHA-256.
  let correctors: [String: any ImageCorrector]

  /// Goes through the images whose results are missing.
  ///
  /// - Parameter draws: the most draws of any cell of the experiment in this dataset.
  /// - Throws: `UserError`; `EvaluationStopped` when asked to stop.
  func run(draws: Int) throws {
    let plan = BatchPlan(
      images: items.count, draws: draws, size: options.batchSize,
      cells: try cells.map {
        BatchPlan.OpenCell(
          view: $0.view, draws: $0.draws,
          recorded: try store.recorded(
            evaluation: $0.evaluation, items: items, draws: $0.draws),
          readsPhotos: try corrector(of: $0)?.readsPhotos ?? false)
      }, shard: options.shard)
    let total = plan.batches.reduce(0) { $0 + $1.requests.count }
    var done = 0
    let faults = PhotoFaults(isStrict: options.isStrict) { [options] in
      options.failure($0.name, $0.reason)
    }
    let known = try store.digests(ofDataset: source.fingerprint)
    let next = try source.prepare(plan.batches.map(\.requests))
    // Who computes elsewhere has the next batch before this one is awaited.
    let isAhead = classifiers.values.contains(where: \.computesElsewhere)
    var finish: (() throws -> Void)?
    for batch in plan.batches {
      let record: () throws -> Void
      do {
        record = try begin(batch, next, faults, known)
      } catch {
        // What was asked before is stored, whatever comes after it.
        try finish?()
        throw error
      }
      let last = finish
      finish = {
        try record()
        done += batch.requests.count
        options.progress(
          EvaluationProgress(
            dataset: dataset.name, done: done, total: total, failed: faults.leftOut.count))
      }
      try last?()
      if !isAhead {
        try finish?()
        finish = nil
      }
    }
    try finish?()
  }

  /// Begins with the next batch; what this returns waits for its results and stores them.
  private func begin(
    _ batch: BatchPlan.Batch, _ next: () throws -> [PreparedImages]?, _ faults: PhotoFaults,
    _ known: [Int64: String]
  ) throws -> () throws -> Void {
    if options.shouldStop() { throw EvaluationStopped() }
    guard let results = try next(), results.count == batch.requests.count else {
      throw UserError("\(source.path): the dataset ended before all images were read")
    }
    for (request, result) in zip(batch.requests, results) {
      try note(result, of: name(request), faults)
    }
    try store.add(
      notes: faults.take().damaged.map {
        DataNote(dataset: dataset.name, item: $0.name, damage: $0.damage)
      }, run: runID)
    let digests = try digests(of: batch, results, known)
    let records = try begin(batch, results)
    return { [store] in try store.record(try records(), digests: digests) }
  }

  /// Takes note of an image that failed or is damaged, once; with `isStrict` this throws.
  private func note(
    _ result: PreparedImages, of name: String, _ faults: PhotoFaults
  ) throws(UserError) {
    let place = "\(source.path)/\(name)"
    switch result {
    case .failed(let reason):
      try faults.leaveOut(
        LeftOutPhoto(name: name, reason: reason),
        UserError("\(place): \(reason)", remedy: "fix it"))
    case .images(_, _, let damage): try faults.accept(damage, name: name, place: place)
    }
  }

  /// SHA-256 of the batch's encoded images, by item.
  ///
  /// - Throws: `UserError` for an image that is another one than when it was evaluated before.
  private func digests(
    of batch: BatchPlan.Batch, _ results: [PreparedImages], _ known: [Int64: String]
  ) throws -> [Int64: String] {
    var digests: [Int64: String] = [:]
    for (request, result) in zip(batch.requests, results) {
      guard case .images(_, let sha256?, _) = result else { continue }
      let item = items[request.item]
      guard known[item] == nil || known[item] == sha256 else {
        throw UserError(
          "\(source.path)/\(name(request)): not the image that was evaluated before",
          remedy: "restore it, or use --database with another file")
      }
      if known[item] == nil { digests[item] = sha256 }
    }
    return digests
  }

  /// Images that a batch shows to models: a view as it is, or corrected.
  private struct Shown {
    let requests: [ViewRequest]
    /// `[N, 224, 224, 3]`, normalised.
    let pixels: Tensor
    /// At most one of each model.
    let cells: [OpenCell]
  }

  /// Begins with one batch in all its cells; what this returns gives the results.
  private func begin(
    _ batch: BatchPlan.Batch, _ results: [PreparedImages]
  ) throws -> () throws -> [PredictionRecord] {
    var records: [PredictionRecord] = []
    var shown: [Shown] = []
    let pending = batch.cells.map { cells[$0] }
    for view in ImageView.allCases {
      let cells = pending.filter { $0.view == view }
      guard let draws = cells.map(\.draws).max() else { continue }
      var requests: [ViewRequest] = []
      var images: [PhotoView] = []
      for (request, result) in zip(batch.requests, results) where request.draw < draws {
        switch result {
        case .images(let views, _, _):
          guard let image = views[view] else {
            throw UserError("\(source.path): no \(view) image of \(name(request))")
          }
          requests.append(request)
          images.append(image)
        case .failed(let reason):
          records += cells.map {
            PredictionRecord(
              evaluation: $0.evaluation, item: items[request.item], draw: request.draw,
              outcome: .failed(reason: reason))
          }
        }
      }
      guard !images.isEmpty else { continue }
      // Every cell of one view has the same number of draws, so a batch serves them all whole.
      shown += try views(of: images, requests, cells)
    }
    let failed = records
    let begun = try classifiers.keys.sorted().map { try predictions($0, shown) }
    return { try failed + begun.flatMap { try $0() } }
  }

  /// Images as they are and from each corrector, as far as the cells ask for them.
  private func views(
    of images: [PhotoView], _ requests: [ViewRequest], _ cells: [OpenCell]
  ) throws -> [Shown] {
    var shown: [Shown] = []
    let plain = cells.filter { $0.corrector == nil }
    if !plain.isEmpty {
      let pixels = try Normalization.imageNet.batch(
        images.map(\.pixels), side: ImageSide.canonical)
      shown.append(Shown(requests: requests, pixels: pixels, cells: plain))
    }
    for digest in Set(cells.compactMap(\.corrector)).sorted() {
      let cells = cells.filter { $0.corrector == digest }
      guard let corrector = try cells.first.flatMap(corrector(of:)) else { continue }
      shown.append(
        Shown(requests: requests, pixels: try corrector.correct(images), cells: cells))
    }
    return shown
  }

  /// What corrects a cell's images; `nil` where they stay as they are.
  private func corrector(of cell: OpenCell) throws -> (any ImageCorrector)? {
    try cell.corrector.map { digest in
      guard let corrector = correctors[digest] else {
        throw UserError("no corrector for the corrected images")
      }
      return corrector
    }
  }

  /// Begins with a model's logits for all its images: together, so that its weights are read from memory
  /// once.
  private func predictions(
    _ model: String, _ shown: [Shown]
  ) throws -> () throws -> [PredictionRecord] {
    let parts = shown.flatMap { part in
      part.cells.filter { $0.model == model }.map { (part, $0) }
    }
    guard !parts.isEmpty else { return { [] } }
    guard let classifier = classifiers[model] else {
      throw UserError("no network for model \(model)")
    }
    let logits = classifier.begin(parts.map(\.0.pixels))
    return {
      try zip(parts, try logits()).flatMap { part, logits in
        try predictions(logits, part.0.requests, part.1)
      }
    }
  }

  private func predictions(
    _ logits: Tensor, _ requests: [ViewRequest], _ cell: OpenCell
  ) throws -> [PredictionRecord] {
    guard logits.shape.count == 2, logits.shape[0] == requests.count else {
      throw UserError("\(cell.model): logits of shape \(logits.shape) for \(requests.count) images")
    }
    let classes = logits.shape[1]
    if let list = source.classList, list.count != classes {
      throw UserError(
        "\(cell.model): has \(classes) classes, but \(dataset.name) is labelled by the "
          + "\(list.count) of \(list.title)",
        remedy: "say with --classes FILE which classes the network has, or use another network")
    }
    return try logits.withUnsafeBufferPointer { values in
      try requests.enumerated().map { row, request in
        do {
          return PredictionRecord(
            evaluation: cell.evaluation, item: items[request.item], draw: request.draw,
            outcome: .predicted(
              try Prediction(
                logits: values[row * classes..<(row + 1) * classes],
                label: source.items[request.item].label,
                alsoRight: source.items[request.item].alsoRight, among: source.classes)))
        } catch let error as UserError {
          throw UserError(
            "\(cell.model), \(cell.condition), \(name(request)): \(error.problem)",
            remedy: error.remedy)
        }
      }
    }
  }

  private func name(_ request: ViewRequest) -> String { source.items[request.item].name }
}
