import Foundation
import Testing

@Suite("A run that is stopped goes on")
struct ResumeTests {
  /// 12 images × 9 draws and 12 canonical ones: 15 batches of 8.
  private static let options = ["--draws", "9", "--limit", "12", "--batch", "8"]

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Starts the run and waits until the database holds at least `count` predictions.
  private func start(until count: Int) throws -> Command {
    let command = try Command(Sample.arguments(Self.options), in: folder)
    let deadline = Date().addingTimeInterval(60)
    while command.isRunning, Date() < deadline {
      let rows = try? folder.rows("r.sqlite", "SELECT COUNT(*) FROM prediction_rows")
      if let found = rows?.first?.first.flatMap({ Int($0) }), found >= count { break }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return command
  }

  @Test("killed three times, it ends with exactly the rows of an undisturbed run")
  func killed() throws {
    var inTheMiddle = 0
    for count in [1, 25, 60] {
      let command = try start(until: count)
      command.send(SIGKILL)
      _ = try command.finish()
      let stored = try Sample.count(folder, "prediction_rows")
      #expect(stored >= count)
      if stored < 120 { inTheMiddle += 1 }
    }
    #expect(inTheMiddle >= 2)
    let last = try Sample.run(Self.options, in: folder)
    expectSuccess(last)
    let undisturbed = try Sample.run(Self.options, in: folder, database: "whole.sqlite")
    expectSuccess(undisturbed)
    #expect(try Sample.count(folder, "prediction_rows") == 120)
    #expect(try Sample.rows(folder) == Sample.rows(folder, "whole.sqlite"))
    #expect(last.bytes == undisturbed.bytes)
    let runs = try folder.rows("r.sqlite", "SELECT status, resumed > 0 FROM runs")
    #expect(runs == [["finished", "1"]])
  }

  @Test(
    "Ctrl-C and SIGTERM stop it after a batch with one line and 130 or 143, and it goes on",
    arguments: [
      SIGINT, SIGTERM,
    ])
  func interrupted(signal: Int32) throws {
    let command = try start(until: 1)
    command.send(signal)
    let output = try command.finish()
    #expect(output.status == 128 + signal)
    let last = try #require(output.errorLines.last)
    #expect(last.hasPrefix("stopped; ") && last.contains("r.sqlite"))
    #expect(last.contains("repeat the command to continue"))
    expectNoCrash(output)
    #expect(!output.errors.contains("\n\n"))
    #expect(output.bytes.isEmpty)
    let stored = try Sample.count(folder, "prediction_rows")
    #expect(stored > 0 && stored < 120)
    #expect(try folder.rows("r.sqlite", "SELECT status FROM runs") == [["interrupted"]])
    let continued = try Sample.run(Self.options, in: folder)
    expectSuccess(continued)
    #expect(try Sample.count(folder, "prediction_rows") == 120)
    #expect(try folder.rows("r.sqlite", "SELECT status FROM runs") == [["finished"]])
  }
}
