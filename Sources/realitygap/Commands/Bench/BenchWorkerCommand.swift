import ArgumentParser
import Evaluation
import Models
import Tensors
import Tracking

/// `realitygap bench worker`: images per second of a classifier in a process of its own.
struct BenchWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Images per second of a classifier that another program computes.",
    discussion: """
      As in an evaluation, the next batch is on its way while one is computed. `realitygap-worker \
      --measure SECONDS …` says how fast the same model is by itself.
      """)

  @Option(help: ArgumentHelp("The classifier.", valueName: "name=command"))
  var classifier: String

  @OptionGroup var classes: ClassOptions

  @OptionGroup var batching: BatchOptions

  @OptionGroup var measurement: MeasurementOptions

  func run() throws {
    let model = try ExternalModel(option: classifier)
    let worker = try ExternalClassifier(
      model, classes: try classes.list().count, timeLimit: 300)
    let count = batching.size
    let images = [Tensor.random([count, ImageSide.canonical, ImageSide.canonical, 3])]
    var last = worker.begin(images)
    let measured = try Measurement(
      "worker \(model.name)", unit: "images/s", engine: worker.engineVersion, batch: count,
      threads: 1, by: measurement, amount: Double(count)
    ) {
      let next = worker.begin(images)
      _ = try last()
      last = next
    }
    _ = try last()
    try measurement.report([measured])
  }
}
