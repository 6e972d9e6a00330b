import Support
import Tensors
import Tracking

/// A database of made-up runs, to measure what shows it.
struct LargeDatabase {
  /// A tenth of them are evaluations; the last one is a training of 100,000 steps.
  let runs: Int

  private static let (images, draws) = (100, 50)

  /// - Throws: `UserError` when the file cannot be written.
  func write(to path: String) throws {
    let store = try Store(path: path)
    var random = RandomStream(seed: 1, purpose: "bench")
    let labels = (0..<Self.images).map { _ in random.integer(below: 1000) }
    let items = try store.register(
      dataset: DatasetRecord(
        fingerprint: "bench", name: "bench", kind: "bench", path: "bench",
        items: labels.enumerated().map { .init(name: "\($0.offset).jpg", label: $0.element) }))
    try store.register(weights: WeightsRecord(sha256: "bench", architecture: "bench", path: "b.h5"))
    for start in stride(from: 0, to: runs - 1, by: 100) {
      try store.atomically {
        for index in start..<min(start + 100, runs - 1) {
          if index < runs / 10 {
            try evaluation(index, store, items, labels, &random)
          } else {
            try training(steps: 100, every: 1, index, store, &random)
          }
        }
      }
    }
    try training(steps: 100_000, every: 1, runs - 1, store, &random)
  }

  private func training(
    steps: Int, every: Int, _ index: Int, _ store: Store, _ random: inout RandomStream
  ) throws {
    let run = try store.startRun(
      NewRun(
        kind: .train, name: "training \(index % 50)",
        configuration: #"{"training":{"phases":[{"name":"all","steps":\#(steps)}]}}"#,
        command: "realitygap train", versions: ["realitygap": Surroundings.version]))
    var values: [MetricValue] = []
    for step in stride(from: 1, through: steps, by: every) {
      let loss = random.uniform(in: 0...1) + 100 / Double(step)
      values.append(MetricValue(step: step, name: "train/loss", value: loss, phase: "all"))
      if step % (steps / 10) == 0 {
        values.append(
          MetricValue(
            step: step, name: "validation/corrected/psnr", value: 20 + random.uniform(in: 0...5),
            phase: "all"))
      }
    }
    try store.record(metrics: values, run: run)
    try store.tag("lab", value: "\(index % 20)", run: run)
    try store.finishRun(run, status: .finished)
  }

  private func evaluation(
    _ index: Int, _ store: Store, _ items: [Int64], _ labels: [Int],
    _ random: inout RandomStream
  ) throws {
    let run = try store.startRun(
      NewRun(
        kind: .evaluate, name: "bench", configuration: "{}", command: "realitygap run",
        versions: ["realitygap": Surroundings.version]))
    let cell = try store.beginEvaluation(
      NewEvaluation(
        identity: CellIdentity(
          model: "bench", weights: "bench", dataset: "bench", condition: .corrected,
          view: .distorted, distortion: "paper", corrector: "corrector \(index)", seed: 0,
          draws: Self.draws, engine: "auto", precision: "float32"),
        experiment: index < 4 ? "bench" : "bench \(index % 100)", experimentDigest: "",
        datasetName: "bench", expected: Self.images * Self.draws, engineVersion: "bench",
        threads: 1), run: run)
    var batch: [PredictionRecord] = []
    for (item, label) in zip(items, labels) {
      for draw in 0..<Self.draws {
        let isRight = random.integer(below: 3) > 0
        let prediction = Prediction(
          predicted: isRight ? label : (label + 1 + random.integer(below: 3)) % 1000,
          labelRank: isRight ? 0 : 5, probability: random.uniform(in: 0...1),
          labelProbability: 0.1)
        batch.append(
          PredictionRecord(
            evaluation: cell, item: item, draw: draw, outcome: .predicted(prediction)))
      }
    }
    try store.record(batch)
    try store.finishEvaluations([cell])
    try store.finishRun(run, status: .finished)
  }
}
