import ArgumentParser

/// `realitygap bench train`: images per second of a training step of the paper's G and D.
struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Images per second of a training step of the paper's G and D, equation (1).",
    discussion: """
      STN, U-Net with batch norm and discriminator; forward, both losses, backward, both Adam \
      steps, on one fixed batch.
      """)

  @Option(help: "Channels of the U-Net's first level.")
  var width = 64

  @Option(help: "Images per step.")
  var batch = 8

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func validate() throws {
    try check("width", width, in: 1...256)
    try check("batch", batch, in: 2...256)
  }

  func run() throws {
    let context = try compute.makeContext()
    let step = try TrainingBenchmark(
      width: width, batch: batch, backend: try compute.makeTrainingBackend(), context: context)
    let result = try Measurement(
      "train width \(width) \(compute.precision.rawValue)", unit: "images/s",
      engine: compute.engine.rawValue, batch: batch,
      threads: context.pool.threads, by: measurement, amount: Double(batch)
    ) { try step() }
    try measurement.report([result])
  }
}
