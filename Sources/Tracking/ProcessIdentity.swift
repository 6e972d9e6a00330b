import Foundation

/// Which process on which host does a run, so that the run of one that died can be recognised.
struct ProcessIdentity: Equatable, Sendable {
  let host: String
  let pid: Int32
  /// Boot and start time, where the system tells (Linux); keeps a reused pid apart.
  let start: String?

  /// This process.
  static var current: ProcessIdentity {
    let pid = ProcessInfo.processInfo.processIdentifier
    return ProcessIdentity(
      host: ProcessInfo.processInfo.hostName, pid: pid, start: startTime(of: pid))
  }

  /// Whether the process is known to be gone. One on another host cannot be asked, and counts as
  /// alive.
  var isGone: Bool {
    guard host == ProcessInfo.processInfo.hostName else { return false }
    if kill(pid, 0) != 0 && errno == ESRCH { return true }
    guard let start, let bootID = Self.bootID else { return false }
    guard start.hasPrefix(bootID) else { return true }
    return Self.startTime(of: pid) != start
  }

  private static var bootID: String? {
    (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))
      .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
  }

  /// `boot/ticks`, or `nil` when there is no such process, it is a zombie, or this is not Linux.
  private static func startTime(of pid: Int32) -> String? {
    guard let bootID,
      let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      // The command's name, in parentheses, may hold spaces; the fields are counted after it.
      let end = line.lastIndex(of: ")")
    else { return nil }
    let fields = line[line.index(after: end)...].split(separator: " ")
    // Field 3 is the state, field 22 the start time, both counted from 1 in proc(5).
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return "\(bootID)/\(fields[19])"
  }
}
