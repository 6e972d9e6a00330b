import CMPI
import Foundation
import Support

/// Memory between processes by MPI.
package final class MPITransport: Transport {
  package let rank: Int
  package let size: Int

  /// Seconds of silence after which a process counts as lost.
  private static let patience = 45.0

  /// Library and version, or `nil` in a build without MPI.
  package static var version: String? { rg_mpi_version().map { String(cString: $0) } }

  /// Joins the processes that were started together.
  ///
  /// - Throws: `UserError` when MPI fails, or the program was built without it.
  package init() throws {
    var (rank, size) = (Int32(0), Int32(0))
    guard rg_mpi_begin(&rank, &size) == 0 else { throw Self.failure }
    (self.rank, self.size) = (Int(rank), Int(size))
  }

  /// Leaves them in good order; the last call.
  package func end() { rg_mpi_end() }

  /// Ends all of them at once.
  package static func abort(status: Int32) { rg_mpi_abort(status) }

  private static var failure: UserError { UserError(String(cString: rg_mpi_message())) }

  package func exchange(sends: [TransportMessage], receives: [TransportMessage]) throws {
    let (sends, receives) = (sends.map(\.part), receives.map(\.part))
    guard
      let exchange = rg_mpi_exchange_begin(
        sends, Int32(sends.count), receives, Int32(receives.count))
    else { throw Self.failure }
    defer { rg_mpi_exchange_free(exchange) }
    var tests = 0
    while true {
      switch rg_mpi_exchange_test(exchange) {
      case 1: return
      case 0: break
      default: throw Self.failure
      }
      tests += 1
      // Answers come within microseconds or not soon: the cores are for computing.
      if tests > 200 { usleep(50) }
      if tests % 64 == 0 { try idle() }
    }
  }

  package func idle() throws {
    var (silent, seconds) = (Int32(0), 0.0)
    guard rg_mpi_beat(&silent, &seconds) == 0 else { throw Self.failure }
    if seconds > Self.patience {
      throw UserError(
        "rank \(silent) has been silent for \(Int(seconds)) s: it hangs or its host is gone",
        remedy: "see its last lines, then go on with --resume")
    }
  }
}

extension TransportMessage {
  fileprivate var part: rg_mpi_part {
    rg_mpi_part(peer: Int32(peer), memory: memory.baseAddress, size: memory.count)
  }
}
