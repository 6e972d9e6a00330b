import ArgumentParser
import Dashboard
import Evaluation
import Foundation
import Support
import Tracking

/// `realitygap bench dashboard`: the pages of a large database.
struct BenchDashboardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard",
    abstract: "Seconds to the first byte of each page of a database with 10,000 runs.",
    discussion: """
      Makes a database of so many runs, a tenth of which are evaluations of 100 images in 50 draws, and \
      the others trainings, one of them of 100,000 steps; asks for each page several times, and prints \
      the median and the longest time as a table of Markdown, and the most memory that the process used \
      since the database was there. A page is whole when its first byte is there; what it asks for later \
      is measured with --parts.
      """)

  @Option(help: "Runs in the database.")
  var runs = 10_000

  @Option(help: "Keep the database in this file, or take it from there if it exists.")
  var database: String?

  @Flag(help: "Ask also for what pages load later: comparisons, reports and confusions.")
  var parts = false

  func validate() throws { try check("runs", runs, in: 20...1_000_000) }

  func run() throws {
    let path =
      database ?? NSTemporaryDirectory() + "realitygap-bench-\(UUID().uuidString).sqlite"
    defer {
      if database == nil {
        for suffix in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: path + suffix)
        }
      }
    }
    if !FileManager.default.fileExists(atPath: path) {
      let made = try ContinuousClock().measure { try LargeDatabase(runs: runs).write(to: path) }
      print(String(format: "made: %.0f s", made / .seconds(1)))
    }
    // What making it took is not what pages take.
    PeakMemory.reset()
    let site = try DashboardSite(try WatchedDatabase(path: path), networks: Self.none)
    print("| page | median, ms | longest, ms |\n|---|--:|--:|")
    let worst = try Self.pages(long: runs).map { try measure($0, site) }.max() ?? 0
    if parts { for target in Self.later { _ = try measure(target, site) } }
    print(String(format: "\nlongest of all pages: %.0f ms", worst))
    if let bytes = PeakMemory.bytes { print("memory: \(bytes / 1_000_000) MB at most") }
  }

  /// The training of 100,000 steps is the last run; the first ones are evaluations.
  private static func pages(long: Int) -> [String] {
    [
      // Sorted by top-1, and so by cells that are counted meanwhile.
      "/?sort=top1", "/", "/?sort=metric&metric=validation/corrected/psnr",
      "/?sort=metric&metric=train/loss", "/?sort=duration", "/?sort=name", "/?sort=status",
      "/?sort=started", "/?text=lab%3D7", "/?text=not+there", "/?offset=\(long / 2)",
      "/?offset=\(long - 50)", "/?kind=evaluate", "/?kind=evaluate&sort=top1", "/?status=running",
      "/?status=interrupted", "/runs/\(long)", "/runs/\(long)/curve?metric=train/loss",
      "/runs/\(long)/curve?metric=train/loss&from=50000&to=51000", "/runs/1",
      "/compare?run=\(long)&run=\(long - 1)", "/compare?run=1&run=2", "/compare?cell=1&cell=2",
      "/experiments", "/experiments/bench", "/images", "/images?cell=1",
      "/images?cell=1&outcome=fixed&other=2", "/images?cell=1&outcome=differ&other=2",
      "/images?cell=1&label=3", "/images?cell=1&rotation_from=9", "/image?cell=1",
      "/image?cell=1&item=1&draw=3",
    ]
  }

  private static let later = [
    "/parts/confusions?name=bench", "/parts/compare?cell=1&cell=2", "/parts/compare?run=1&run=2",
  ]

  /// - Returns: the longest time, ms.
  private func measure(_ target: String, _ site: DashboardSite) throws -> Double {
    var seconds: [Double] = []
    for _ in 0..<7 {
      var reply: Reply?
      seconds.append(
        ContinuousClock().measure { reply = site.page(target) } / .seconds(1))
      guard reply?.status.code == 200 else {
        throw UserError("\(target): \(String(decoding: reply?.body ?? Data(), as: UTF8.self))")
      }
    }
    let sorted = seconds.sorted()
    print(String(format: "| `%@` | %.1f | %.1f |", target, 1000 * sorted[3], 1000 * sorted[6]))
    return 1000 * sorted[6]
  }

  private static let none = DashboardNetworks(
    corrector: { throw UserError("\($0): not here") },
    stages: { throw UserError("\($0): not here") },
    classifier: { throw UserError("\($0.path): not here") })
}

/// The most memory that the process had at a time, where Linux tells.
private enum PeakMemory {
  /// Begins anew.
  static func reset() {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    file.write(Data("5".utf8))
  }

  static var bytes: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
      return nil
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }
}
