import Foundation
import Reporting
import Support
import Tensors

/// A piece of work whose time on one thread is compared with its time on several.
struct ScalingWork {
  /// The work, ready to run in a context.
  struct Prepared {
    let run: () throws -> Void
    /// Bytes that one run moves through what all cores share, at most; `nil` where nobody counts them.
    var sharedBytes: Int?
  }

  let name: String
  /// Images of one run.
  let images: Int
  let prepare: (ComputeContext) throws -> Prepared

  /// What came of a number of threads, beside one thread in turn.
  struct Row: Encodable {
    let work: String
    let images: Int
    let threads: Int
    /// Images a second of one thread.
    let oneThread: Double
    /// How many times as fast.
    let rehearsed: Double
    /// The same where the machine has so many threads: smallest, median and largest of the pairs.
    let measured: [Double]?
    /// Of a run; `nil` where nobody counts them.
    let sharedBytes: Int?

    /// Images a second.
    var rate: Double { (measured.map { $0[1] } ?? rehearsed) * oneThread }

    enum CodingKeys: String, CodingKey {
      case work, images, threads, rehearsed, measured
      case oneThread = "one_thread"
      case sharedBytes = "shared_bytes"
    }
  }

  /// - Parameters:
  ///   - handover: of a loop to so many threads.
  ///   - available: threads that the machine has.
  /// - Throws: `UserError` where the work's loops differ from run to run.
  func row(
    threads: Int, handover: Duration, available: Int, _ options: MeasurementOptions
  ) throws -> Row {
    let one = try prepare(ComputeContext(threads: 1))
    /// One thread's time and what `many` gives, in turn.
    func pairs<Result>(_ many: () throws -> Result) throws -> [(alone: Double, many: Result)] {
      try options.samples {
        (try ContinuousClock().measure(one.run) / .seconds(1), try many())
      }
    }
    let rehearsal = LoopRehearsal(threads: threads)
    let prepared = try prepare(ComputeContext(ThreadPool(rehearsal)))
    let recorded = try pairs { try rehearsal.record { try prepared.run() } }
    guard let duration = rehearsal.duration(of: recorded.map(\.many), handover: handover) else {
      throw UserError("\(name): its loops differ from run to run, and cannot be rehearsed")
    }
    var alone = recorded.map(\.alone)
    let rehearsed = alone.median / (duration / .seconds(1))
    var measured: [Double]?
    if threads <= available {
      let real = try prepare(ComputeContext(threads: threads))
      let timed = try pairs { try ContinuousClock().measure(real.run) / .seconds(1) }
      let speedups = timed.map { $0.alone / $0.many }
      measured = [speedups.min() ?? 0, speedups.median, speedups.max() ?? 0]
      alone += timed.map(\.alone)
    }
    return Row(
      work: name, images: images, threads: threads, oneThread: Double(images) / alone.median,
      rehearsed: rehearsed, measured: measured, sharedBytes: prepared.sharedBytes)
  }

  /// Rows of one work for people.
  static func table(_ rows: [Row]) -> Table {
    Table(
      columns: [
        "threads", "rehearsed: times one thread's speed", "of the threads", "measured",
        "images/s", "GB/s shared, at most",
      ],
      alignments: [.right],
      rows: rows.map { row in
        [
          "\(row.threads)", String(format: "%.2f", row.rehearsed),
          String(format: "%.0f %%", 100 * row.rehearsed / Double(row.threads)),
          row.measured.map { String(format: "%.2f (%.2f–%.2f)", $0[1], $0[0], $0[2]) } ?? "–",
          Numbers.short(row.rate),
          row.sharedBytes.map {
            Numbers.short(Double($0) * row.rate / Double(row.images) / 1e9)
          } ?? "–",
        ]
      })
  }
}
