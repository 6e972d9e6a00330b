import ArgumentParser
import Foundation
import Support
import Tracking
import Training

/// `realitygap sweep`: trainings that differ in some settings.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train once for each combination of some settings.",
    discussion: """
      Each training is a run of its own, in OUTPUT/<its settings>, tagged sweep=NAME and cell=<its \
      settings>. The same command goes on where it was after Ctrl-C, kill -9 or a power failure; \
      several at once on one machine share the sweep through the database: each takes the next \
      training that nobody has. A training that fails leaves the others alone.
      """)

  @Argument(help: "The sweep's file, e.g. Experiments/sweep-width.yaml.", completion: .file())
  var file: String

  @Option(help: "The folder to write to.", completion: .directory)
  var output: String

  @Option(help: "Total steps of each training, divided among its phases (default: the file's).")
  var steps: Int?

  @Flag(help: "Say what would be trained, and train nothing.")
  var dryRun = false

  @OptionGroup var options: TrainingOptions

  func validate() throws { try check("steps", steps, from: 1) }

  func run() throws {
    let sweep = try Sweep(file: file)
    if dryRun {
      for cell in sweep.cells { print(cell.name) }
      return
    }
    let session = try TrainingSession(options)
    var failed: [String] = []
    for (index, cell) in sweep.cells.enumerated() {
      let place = "\(index + 1) of \(sweep.cells.count), \(cell.name)"
      do {
        print("\(place): \(try train(cell, of: sweep, session))")
      } catch is Trainer.Stopped {
        throw Interruption.interrupted(
          "stopped at training \(place); repeat the command to continue")
      } catch {
        StandardStreams.writeError("\(place): \(error)\n")
        failed.append(cell.name)
      }
    }
    if !failed.isEmpty {
      throw UserError(
        "\(sweep.name): \(failed.count) of \(sweep.cells.count) trainings failed: "
          + failed.joined(separator: " "), remedy: "their errors are above and in realitygap runs")
    }
  }

  /// - Returns: what became of it.
  private func train(
    _ cell: Sweep.Cell, of sweep: Sweep, _ session: TrainingSession
  ) throws -> String {
    let (configuration, changes) = try sweep.configuration(of: cell)
    let work = TrainingSession.Work(
      steps.map(configuration.scaled) ?? configuration, of: configuration, changes: changes,
      output: "\(output)/\(cell.name)", title: cell.name)
    let claim = try session.store.claim(
      try session.newRun(work), tags: ["sweep": sweep.name, "cell": cell.name])
    switch claim {
    case .finished(let run): return "run \(run) was finished"
    case .taken(let run): return "another process has it, run \(run)"
    case .ours(let run):
      // Whoever had it before may have written one until it was ours.
      let result = try session.train(
        work, resume: Trainer.hasCheckpoint(in: work.output), claimed: run)
      return "run \(run), \(result.corrector)"
    }
  }
}
