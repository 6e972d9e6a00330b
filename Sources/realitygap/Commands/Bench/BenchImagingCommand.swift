import ArgumentParser
import Datasets
import Imaging

/// `realitygap bench imaging`: photos per second of each step from JPEG to distorted pixels, on
/// one thread.
struct BenchImagingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imaging",
    abstract: "Photos per second of decoding, resizing and distorting, on one thread.")

  @OptionGroup var photos: BenchPhotos

  @Option(help: "Always 1: this benchmark is single-threaded.")
  var threads = 1

  @OptionGroup var measurement: MeasurementOptions

  func validate() throws {
    guard threads == 1 else { throw ValidationError("--threads \(threads): only 1 is measured") }
  }

  func run() throws {
    // Their bytes are read beforehand: files are no part of what is measured.
    let files = try photos.folder().photos.prefix(100).map { ($0, try $0.bytes()) }
    let decoded = try files.map { try $0.decoded($1).image }
    let centers = decoded.map(CanonicalTransform.center256)
    func distortion(_ index: Int) -> DistortionParameters {
      DistortionRanges.paper.draw(seed: 1, item: files[index].0.name, draw: 0)
    }
    func measure(_ step: String, _ body: (Int) throws -> Void) throws -> Measurement {
      try Measurement(
        "imaging \(step)", unit: "photos/s", threads: 1, by: measurement,
        amount: Double(files.count)
      ) { for index in files.indices { try body(index) } }
    }
    let others = try Distortion.presets.filter { $0 != "paper" }.map { name in
      let other = try Distortion.named(name)
      return try measure("distort \(name)") {
        _ = try other.draw(seed: 1, item: files[$0].0.name, draw: 0).apply(to: centers[$0])
      }
    }
    try measurement.report(
      [
        try measure("decode") { _ = try files[$0].0.decoded(files[$0].1) },
        try measure("resize+crop") { _ = CanonicalTransform.center256(decoded[$0]) },
        try measure("distort") { _ = try distortion($0).apply(to: centers[$0]) },
        try measure("resize+crop+distort") {
          _ = try distortion($0).apply(to: CanonicalTransform.center256(decoded[$0]))
        },
        try measure("decode+resize+crop+distort") {
          let photo = try files[$0].0.decoded(files[$0].1)
          _ = try distortion($0).apply(to: photo.center256)
        },
      ] + others)
  }
}
