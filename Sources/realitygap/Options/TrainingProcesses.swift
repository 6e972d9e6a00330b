import ArgumentParser
import Foundation
import Support
import Training

/// The processes of one training, as `mpirun` or Slurm's `srun` started them.
enum TrainingProcesses {
  /// Runs a command that trains in all of them together.
  ///
  /// - Throws: what `body` throws. When that is an error, the processes end at once with it.
  static func run(_ body: (any ProcessGroup) throws -> Void) throws {
    guard let transport = try join() else { return try body(SingleProcess()) }
    let group = TransportGroup(transport)
    var watch: ProcessWatch?
    do {
      watch = try ProcessWatch(group) { end(transport.rank, of: $0) }
      try body(group)
      watch?.end()
      group.close()
      let (all, waited) = group.sumSeconds
      if group.writes, all > 0 {
        OpenLine.note(
          String(
            format:
              "gradients were added up in %.1f s, of which training waited for %.1f s (%.0f %% "
              + "beside computation)", all, waited, 100 * (1 - min(waited / all, 1))))
      }
      transport.end()
    } catch let stop where stop is Interrupted || stop is Trainer.Stopped {
      // All stop together, with the same status.
      watch?.end()
      group.close()
      transport.end()
      throw stop is Interrupted ? stop : ExitCode(Interruption.interrupted("").status)
    } catch {
      // What all throw, the first one says.
      if transport.rank > 0 { Thread.sleep(forTimeInterval: 2) }
      watch?.end()
      say(transport.rank, RealityGap.message(for: error))
      MPITransport.abort(status: 1)
      throw error
    }
  }

  /// Ends this process, since another one is gone.
  private static func end(_ rank: Int, of lost: Int) {
    let error = UserError(
      "rank \(lost) is gone: it was killed, or its host failed", remedy: "go on with --resume")
    say(rank, "\(error)")
    // The others say it, too, before the first one ends them.
    Thread.sleep(forTimeInterval: 0.5)
    MPITransport.abort(status: 1)
  }

  private static func say(_ rank: Int, _ text: String) {
    OpenLine.note("rank \(rank) on \(ProcessInfo.processInfo.hostName): \(text)")
  }

  /// What a run stores of them; nothing for one process by itself.
  static func facts(_ group: any ProcessGroup) -> [String: String] {
    guard group.size > 1, let version = MPITransport.version else { return [:] }
    return ["processes": "\(group.size), \(version)"]
  }

  /// The program's SHA-256, in which processes must agree; of one by itself it does not matter.
  static func program(_ group: any ProcessGroup) throws -> String {
    guard group.size > 1 else { return "" }
    guard let path = Bundle.main.executablePath else {
      throw UserError("the program's own file is not known, so processes cannot compare it")
    }
    return try FileDigest.sha256(path: path)
  }

  /// The environment's word for how many processes were started together: Open MPI's, that of MPICH and
  /// Slurm's PMI, and Slurm's own.
  private static let sizes = [
    "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS",
  ]

  /// - Returns: `nil` for one process by itself.
  private static func join() throws -> MPITransport? {
    let environment = ProcessInfo.processInfo.environment
    guard
      let (name, size) = sizes.lazy.compactMap({ name in
        environment[name].flatMap { Int($0) }.map { (name, $0) }
      }).first, size > 1
    else { return nil }
    let started = "started as one of \(size) processes (\(name))"
    guard let version = MPITransport.version else {
      throw UserError(
        "\(started), but this program was built without MPI",
        remedy: "build it with make build WITH_MPI=1, or start one process")
    }
    let transport = try MPITransport()
    guard transport.size == size else {
      throw UserError(
        "\(started), but \(version) knows of \(transport.size)",
        remedy: "start with that MPI's mpirun, or with srun --mpi=pmix")
    }
    return transport
  }
}
