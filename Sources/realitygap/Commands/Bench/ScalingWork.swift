import Foundation
import Models
import NeuralNetworks
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
    /// How many times as fast: smallest, median and largest of the pairs.
    var rehearsed: [Double]?
    /// Where the machine has so many threads.
    var measured: [Double]?
    /// Of a run; `nil` where nobody counts them.
    let sharedBytes: Int?

    /// Images a second.
    var rate: Double? { (measured ?? rehearsed).map { $0[1] * oneThread } }

    enum CodingKeys: String, CodingKey {
      case work, images, threads, rehearsed, measured
      case oneThread = "one_thread"
      case sharedBytes = "shared_bytes"
    }
  }

  /// - Parameters:
  ///   - handover: of a loop to so many threads.
  ///   - available: threads that the machine has.
  func row(
    threads: Int, handover: Duration, available: Int, _ options: MeasurementOptions
  ) throws -> Row {
    let one = try prepare(ComputeContext(threads: 1))
    var rates: [Double] = []
    func speedups(_ many: () throws -> Duration) throws -> [Double] {
      let all = try options.samples {
        let alone = try ContinuousClock().measure(one.run)
        rates.append(Double(images) / (alone / .seconds(1)))
        return alone / (try many())
      }
      return [all.min() ?? 0, all.median, all.max() ?? 0]
    }
    let rehearsal = LoopRehearsal(threads: threads)
    let prepared = try prepare(ComputeContext(ThreadPool(rehearsal)))
    let rehearsed = try speedups {
      try rehearsal.duration(handover: handover) { try prepared.run() }
    }
    var measured: [Double]?
    if threads <= available {
      let real = try prepare(ComputeContext(threads: threads))
      measured = try speedups { try ContinuousClock().measure(real.run) }
    }
    return Row(
      work: name, images: images, threads: threads, oneThread: rates.median,
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
          "\(row.threads)", range(row.rehearsed),
          row.rehearsed.map {
            String(format: "%.0f %%", 100 * $0[1] / Double(row.threads))
          } ?? "–",
          range(row.measured), row.rate.map(Numbers.short) ?? "–",
          row.sharedBytes.flatMap { bytes in
            row.rate.map { Numbers.short(Double(bytes) * $0 / Double(row.images) / 1e9) }
          } ?? "–",
        ]
      })
  }

  private static func range(_ times: [Double]?) -> String {
    times.map { String(format: "%.2f (%.2f–%.2f)", $0[1], $0[0], $0[2]) } ?? "–"
  }
}
