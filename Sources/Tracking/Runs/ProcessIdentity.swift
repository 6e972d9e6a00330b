import Foundation

/// Which process does a run, so that the run of one that is gone can be recognised, and that of one
/// that lives is never mistaken for it.
package struct ProcessIdentity: Equatable, Sendable {
  /// The machine's name, which others may share.
  package let host: String
  /// Within its PID namespace.
  package let pid: Int32
  /// Boot and start time, `boot/ticks`, where the system tells (Linux): keeps a reused pid apart.
  package let start: String?
  /// The PID namespace in which `pid` counts (Linux): containers have their own.
  package let namespace: String?

  /// A process with these facts.
  package init(host: String, pid: Int32, start: String?, namespace: String?) {
    (self.host, self.pid, self.start, self.namespace) = (host, pid, start, namespace)
  }

  /// This process.
  package static let current = ProcessIdentity(
    host: ProcessInfo.processInfo.hostName, pid: ProcessInfo.processInfo.processIdentifier,
    start: ProcFS.start(of: "self"), namespace: ProcFS.namespace)
}

extension ProcessIdentity {
  /// What can be proved of the process from here.
  package enum State: Equatable, Sendable {
    case alive
    case gone
    /// It cannot be seen from here: another host, another container, hidden by the system.
    case unseen
  }

  /// What a process here can prove.
  ///
  /// - Parameter lastSign: when the process was alive for certain.
  package func state(
    lastSign: Date?, observer: ProcessIdentity = .current, bootTime: Date? = ProcFS.bootTime,
    look: (Int32) -> ProcFS.Sighting = ProcFS.sighting
  ) -> State {
    // Where the boot is not known, neither is the machine: others may have its name, and the pid.
    guard let boot, let here = observer.boot else { return .unseen }
    guard boot == here else {
      // A machine that has started anew since then. Its name alone is no proof: another may have
      // the same, but that one's process gave its signs until this machine started.
      guard host == observer.host, let lastSign, let bootTime else { return .unseen }
      return lastSign + Heartbeat.expiry < bootTime ? .gone : .unseen
    }
    // Version 1 did not store the namespace.
    guard namespace == nil || namespace == observer.namespace else { return .unseen }
    switch look(pid) {
    case .started(let start) where start == self.start: return .alive
    case .nobody, .started: return host == observer.host ? .gone : .unseen
    case .hidden: return .unseen
    }
  }

  /// The boot in which it started.
  private var boot: Substring? { start.flatMap { $0.split(separator: "/").first } }

  /// The process in words, with what is known of where it is.
  func described(from observer: ProcessIdentity = .current) -> String {
    let place =
      if host != observer.host { "on host \(host)" } else if boot != observer.boot {
        "of another boot of \(host), or of another machine of that name"
      } else if namespace != observer.namespace { "in another container on \(host)" } else {
        "on \(host)"
      }
    return "process \(pid) \(place)"
  }
}

/// What Linux says of processes in `/proc`.
package enum ProcFS {
  /// What can be seen of a pid.
  package enum Sighting: Equatable, Sendable {
    /// No process of this pid, or only what is left of one that has ended.
    case nobody
    /// A process that started then, as `boot/ticks`.
    case started(String)
    /// A process of which nothing more can be seen.
    case hidden
  }

  /// What this process can see of a pid.
  package static func sighting(_ pid: Int32) -> Sighting {
    if kill(pid, 0) != 0, errno == ESRCH { return .nobody }
    // A container may have kept the `/proc` of its host, in which other pids count.
    guard isOwn, let fields = stat("\(pid)") else { return .hidden }
    if fields.isEnded { return .nobody }
    return bootID.map { .started("\($0)/\(fields.ticks)") } ?? .hidden
  }

  /// `boot/ticks` of a process: a pid or `self`; `nil` where the system does not tell.
  static func start(of process: String) -> String? {
    guard let bootID, let fields = stat(process), !fields.isEnded else { return nil }
    return "\(bootID)/\(fields.ticks)"
  }

  /// The PID namespace of this process, e.g. `pid:[4026531836]`.
  static let namespace: String? = link("/proc/self/ns/pid")

  /// When this machine started.
  package static let bootTime: Date? = text("/proc/stat")?.split(separator: "\n")
    .first { $0.hasPrefix("btime ") }
    .flatMap { Double($0.dropFirst(6)) }.map { Date(timeIntervalSince1970: $0) }

  private static let bootID: String? = text("/proc/sys/kernel/random/boot_id")

  /// Whether the pids in `/proc` are those of this process's namespace.
  private static let isOwn = link("/proc/self") == "\(getpid())"

  /// State and start time of a process; `nil` where they cannot be read.
  private static func stat(_ process: String) -> (isEnded: Bool, ticks: Substring)? {
    // The command's name, in parentheses, may hold spaces; the fields are counted after it.
    guard let line = text("/proc/\(process)/stat"), let end = line.lastIndex(of: ")") else {
      return nil
    }
    let fields = line[line.index(after: end)...].split(separator: " ")
    // Field 3 is the state, field 22 the start time, both counted from 1 in proc(5).
    guard fields.count > 19 else { return nil }
    return (fields[0] == "Z" || fields[0] == "X", fields[19])
  }

  /// A file's text; `nil` where it cannot be read, as on systems without `/proc`.
  private static func text(_ path: String) -> String? {
    (try? String(contentsOfFile: path, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func link(_ path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: path)
  }
}
