import ArgumentParser
import Evaluation
import Foundation

extension Shard {
  /// Reads `i/n`, or takes the place of this task in its Slurm job array for `slurm`.
  ///
  /// - Throws: `ValidationError` for anything else, and outside of a job array.
  init(argument: String) throws {
    if argument == "slurm" {
      try self.init(jobArray: ProcessInfo.processInfo.environment)
      return
    }
    guard let shard = Shard(argument) else {
      throw ValidationError(
        "--shard \(argument): not of the form i/n with 0 ≤ i < n, and not slurm")
    }
    self = shard
  }

  /// - Parameter environment: of a task; see "Job Array Support" of Slurm's manual.
  init(jobArray environment: [String: String]) throws {
    func number(_ name: String) throws -> Int {
      guard let number = environment["SLURM_ARRAY_TASK_\(name)"].flatMap({ Int($0) }) else {
        throw ValidationError(
          "--shard slurm: SLURM_ARRAY_TASK_\(name) is not set; submit with sbatch --array=0-2")
      }
      return number
    }
    let (task, first, count) = (try number("ID"), try number("MIN"), try number("COUNT"))
    let step = max(try number("STEP"), 1)
    guard let shard = Shard(index: (task - first) / step, count: count) else {
      throw ValidationError(
        "--shard slurm: task \(task) is none of \(count) from \(first); submit with --array=0-\(count - 1)"
      )
    }
    self = shard
  }
}
