import ArgumentParser
import Foundation
import Support

/// How long to measure and where to write results; shared by the bench commands.
struct MeasurementOptions: ParsableArguments {
  @Option(help: "How long to repeat each measurement, in seconds.")
  var seconds = 2.0

  @Option(help: "Do each this often instead, without warming up: for what counts instructions.")
  var repetitions: Int?

  @Option(help: "Write one JSON object per line to this file, or - for standard output.")
  var json: String?

  func validate() throws {
    guard seconds > 0, seconds < 86_400 else {
      throw ValidationError("--seconds \(seconds): must be above 0")
    }
    if let repetitions { try check("repetitions", repetitions, in: 1...1_000_000) }
  }

  /// Prints the results as text, or writes them as JSON lines.
  ///
  /// - Throws: `UserError` when the file cannot be written.
  func report(_ measurements: [Measurement]) throws {
    if json != "-" { print(measurements.map(\.description).joined(separator: "\n")) }
    try writeJSON(measurements)
  }

  /// One object a line, where `--json` wants them.
  ///
  /// - Throws: `UserError` when the file cannot be written.
  func writeJSON(_ results: [some Encodable]) throws {
    guard let json else { return }
    let lines = try results.map { try JSONValue.storedText(of: $0, keys: .useDefaultKeys) + "\n" }
    if json == "-" {
      print(lines.joined(), terminator: "")
    } else {
      try AtomicFile.makeFolder(of: json)
      try AtomicFile.write(lines.joined(), to: json)
    }
  }

  /// What `body` gives again and again: for the time that is asked for, after two rounds to warm up, or so many
  /// times and no more.
  func samples<Sample>(_ body: () throws -> Sample) rethrows -> [Sample] {
    if repetitions == nil { for _ in 0..<2 { _ = try body() } }
    var samples: [Sample] = []
    let start = ContinuousClock.now
    func isDone() -> Bool {
      if let repetitions { return samples.count == repetitions }
      return ContinuousClock.now - start >= .seconds(seconds) && samples.count >= 3
    }
    repeat { samples.append(try body()) } while !isDone()
    return samples
  }
}

extension [Double] {
  /// Of at least one number.
  var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}

/// The rates of one task over repeated measurements.
struct Measurement: Encodable, CustomStringConvertible {
  /// What was done, e.g. `inference resnet50 float32`.
  var work: String
  /// What is counted, e.g. `images/s`.
  var unit: String
  var engine: String?
  var batch: Int?
  var threads: Int
  /// The rate of each repetition.
  var samples: [Double]
  var median: Double

  /// Repeats `body`, which does `amount` units of work, as `MeasurementOptions.samples` does.
  init(
    _ work: String, unit: String, engine: String? = nil, batch: Int? = nil, threads: Int,
    by options: MeasurementOptions, amount: Double, _ body: () throws -> Void
  ) rethrows {
    (self.work, self.unit, self.engine) = (work, unit, engine)
    (self.batch, self.threads) = (batch, threads)
    samples = try options.samples {
      amount / (try ContinuousClock().measure(body) / .seconds(1))
    }
    median = samples.median
  }

  var description: String {
    let low = samples.min() ?? 0
    let high = samples.max() ?? 0
    let details = [engine, batch.map { "batch \($0)" }, "\(threads) threads"].compactMap { $0 }
    return String(
      format: "%@ (%@): %.1f %@ (%.1f to %.1f, %d times)", work,
      details.joined(separator: ", "), median, unit, low, high, samples.count)
  }
}
