import Foundation
import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// Everything that a training run needs to continue bit for bit: parameters, batch-norm statistics,
/// running means, optimiser moments, the losses that no report has yet, and the step. Draws need no state: they follow from the step.
package struct Checkpoint {
  /// Steps that are done.
  package var step: Int
  /// How many steps the run has; `nil` in files of before that was kept.
  package var length: RunLength?
  /// The run's row in the database, so that a resumed run continues it.
  package var run: Int64
  /// The configuration's and the photos' identity; another one cannot be continued.
  package var identity: String
  /// By group: `generator`, `discriminator`, `average`.
  package var states: [String: StateDict]
  /// By optimiser: `generator`, `discriminator`.
  package var moments: [String: [String: Adam.Moments]]
  /// Sums of the losses since the last report, by name.
  var sums: [String: MetricLog.Sum]

  static let groups = ["generator", "discriminator", "average"]

  /// Writes it atomically.
  ///
  /// - Throws: `UserError` when the file cannot be written; the one before stays.
  package func write(to path: String) throws {
    try HDF5Writer.create(path) { writer in
      for (group, state) in states.sorted(by: { $0.key < $1.key }) where state.count > 0 {
        try state.write(to: writer, group: group)
      }
      for (optimiser, moments) in moments.sorted(by: { $0.key < $1.key }) {
        for (name, moment) in moments.sorted(by: { $0.key < $1.key }) {
          let place = "moments/\(optimiser)/\(name)"
          try writer.write(moment.first, to: "\(place)/first")
          try writer.write(moment.second, to: "\(place)/second")
          try writer.write(integers: [Int64(moment.steps)], shape: [1], to: "\(place)/steps")
        }
      }
      for (name, sum) in sums.sorted(by: { $0.key < $1.key }) {
        // As bits: what is read back is the very same number.
        let numbers = [Int64(bitPattern: sum.sum.bitPattern), Int64(sum.count)]
        try writer.write(integers: numbers, shape: [2], to: "sums/\(name)")
      }
      try writer.setAttribute("kind", .text("realitygap training state"))
      try writer.setAttribute("step", .integer(step))
      if let length {
        try writer.setAttribute("total_steps", .integer(length.total))
        try writer.setAttribute("planned_steps", .integer(length.planned))
      }
      try writer.setAttribute("run", .integer(Int(run)))
      try writer.setAttribute("identity", .text(identity))
    }
  }

  /// Reads one.
  ///
  /// - Throws: `UserError` naming the file when it is missing, damaged or something else.
  package init(path: String) throws {
    let file = try HDF5File(path: path)
    let attributes = try file.attributes()
    guard attributes["kind"]?.text == "realitygap training state",
      let step = attributes["step"]?.integer, let run = attributes["run"]?.integer,
      let identity = attributes["identity"]?.text
    else { throw UserError("\(path): not the state of a training run") }
    (self.step, self.run, self.identity) = (Int(step), Int64(run), identity)
    length = RunLength(attributes)
    states = [:]
    for group in Self.groups { states[group] = try StateDict(reading: file, group: group) }
    moments = [:]
    for dataset in try file.datasets() where dataset.name.hasSuffix("/steps") {
      let parts = dataset.name.split(separator: "/").map(String.init)
      guard parts.count == 4, parts[0] == "moments" else { continue }
      let place = parts.dropLast().joined(separator: "/")
      guard let steps = try file.integers(dataset.name).first else {
        throw UserError("\(path): \(dataset.name) is empty", remedy: "resume from a backup")
      }
      moments[parts[1], default: [:]][parts[2]] = Adam.Moments(
        first: try file.tensor("\(place)/first"), second: try file.tensor("\(place)/second"),
        steps: Int(steps))
    }
    sums = try Self.sums(file)
  }

  /// None in a file of an earlier version.
  private static func sums(_ file: HDF5File) throws -> [String: MetricLog.Sum] {
    var sums: [String: MetricLog.Sum] = [:]
    for dataset in try file.datasets() where dataset.name.hasPrefix("sums/") {
      let numbers = try file.integers(dataset.name)
      guard numbers.count == 2, numbers[1] > 0 else { continue }
      sums[String(dataset.name.dropFirst("sums/".count))] = MetricLog.Sum(
        sum: Double(bitPattern: UInt64(bitPattern: numbers[0])), count: Int(numbers[1]))
    }
    return sums
  }

  init(
    step: Int, length: RunLength, run: Int64, identity: String, states: [String: StateDict],
    moments: [String: [String: Adam.Moments]], sums: [String: MetricLog.Sum]
  ) {
    self.step = step
    self.length = length
    self.run = run
    self.identity = identity
    self.states = states
    self.moments = moments
    self.sums = sums
  }
}
