import Foundation
import Support

/// A child process that reads one HDF5 file for this one, within limits of time and memory. It ends with this object.
public final class HDF5Child: HDF5Process {
  public let descriptor: Int32
  public let seconds: Int
  private let path: String
  private let bytes: Int
  private let child: ChildProcess

  /// The first argument of such a process; its bytes of memory and seconds follow.
  public static let word = "--read-hdf5"
  /// The status of one that ran out of memory without a crash, `OutOfMemory`'s.
  private static let outOfMemory: Int32 = 1

  /// Starts it.
  ///
  /// - Parameters:
  ///   - program: one that calls `serveIfAsked(_:)` first of all.
  ///   - arguments: what it is started with, before the limits.
  ///   - path: of the file that it is to read.
  ///   - seconds: that its answers may take together.
  ///   - bytes: of memory that it may take.
  /// - Throws: `UserError` naming the file when it cannot be started.
  public init(
    program: String, arguments: [String] = [word], path: String, seconds: Int, bytes: Int
  ) throws {
    (self.path, self.seconds, self.bytes) = (path, seconds, bytes)
    do {
      let (own, childs) = try ChildProcess.connection()
      defer { close(childs) }
      do {
        // Standard input stays: the path may be /dev/stdin.
        child = try ChildProcess(
          program, arguments + ["\(bytes)", "\(seconds)"], output: childs,
          environment: Self.environment)
      } catch {
        close(own)
        throw error
      }
      descriptor = own
    } catch {
      throw UserError("\(path): cannot be read in a process of its own (\(error))")
    }
  }

  private static let environment = [
    // A crash here is an answer; nobody wants to see where it was.
    "SWIFT_BACKTRACE": "enable=no",
    // Fresh memory has this byte in it: what the library takes from memory that it never wrote is wrong
    // here, and not by chance alone.
    "MALLOC_PERTURB_": "85",
  ]

  deinit { close(descriptor) }

  /// Of a child that has crashed, or was killed, this is the answer.
  public func failure(_ fault: HDF5Fault) -> UserError {
    let ending = child.end()
    switch fault {
    case .late: return refusal("did not get through it in \(seconds) s", Limits.hdf5Seconds)
    case .nonsense: return refusal("answered nonsense", nil)
    case .ended: return self.ending(ending)
    }
  }

  private func ending(_ ending: ChildProcess.Ending) -> UserError {
    switch ending {
    case .unknown: return refusal("ended", nil)
    case .status(Self.outOfMemory):
      return refusal("wanted more than \(bytes >> 20) MiB of memory", Limits.hdf5Bytes)
    case .status(let status): return refusal("ended with status \(status)", nil)
    case .signal(SIGKILL):
      // Nothing that the library does ends so: somebody else, who says nothing of the file.
      return UserError(
        "\(path): cannot be read in a process of its own (that was killed, as by a system without free memory)",
        remedy: "free some memory and try again")
    case .signal(let signal): return refusal("crashed on it (signal \(signal))", nil)
    }
  }

  private func refusal(_ what: String, _ limit: Limit?) -> UserError {
    let copy = "copy or download it again"
    return UserError(
      "\(path): damaged HDF5 file (the HDF5 library, in a process of its own, \(what))",
      remedy: limit.map { "\(copy), or \($0.remedy)" } ?? copy)
  }

  // MARK: - The child's side

  /// Is the child, where a program's arguments say so; does not return then.
  public static func serveIfAsked(_ arguments: [String]) {
    guard arguments.count == 3, arguments[0] == word, let bytes = UInt(arguments[1]),
      let seconds = UInt(arguments[2])
    else { return }
    #if os(Linux)
      // Nothing of the parent is this process's, not even what it opened while this one was started.
      closefrom(STDERR_FILENO + 1)
      bound(RLIMIT_CORE, 0)
      bound(RLIMIT_DATA, bytes)
      // Where the parent is killed, nobody else ends a library that never returns.
      bound(RLIMIT_CPU, seconds &* 2 &+ 1)
    #endif
    do { try HDF5Server.serve(STDOUT_FILENO) } catch { _exit(outOfMemory) }
    _exit(0)
  }

  #if os(Linux)
    private static func bound(_ resource: __rlimit_resource, _ most: UInt) {
      var limit = rlimit(rlim_cur: most, rlim_max: most)
      setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
  #endif
}
