import CKernels
import Foundation

/// How many threads this process may keep busy: the least of what the scheduler's affinity (taskset,
/// numactl, cpusets), a control group's quota (containers, systemd) and Slurm grant it.
///
/// `OMP_NUM_THREADS` is not part of it: OpenMP is not used, and the variable is often set to 1 for
/// the sake of programs that start many processes.
public enum AvailableProcessors {
  /// At least 1; found once.
  public static let count = count(
    online: ProcessInfo.processInfo.activeProcessorCount, affinity: affinity(),
    quota: quota { try? String(contentsOfFile: $0, encoding: .utf8) },
    environment: ProcessInfo.processInfo.environment)

  /// The least of all that is known.
  ///
  /// - Parameters:
  ///   - online: processors of the machine.
  ///   - affinity: processors that the scheduler may use, or `nil` where it does not say.
  ///   - quota: processors' worth of time that the control groups grant, or `nil` for no limit; a
  ///     part of one counts as a whole.
  ///   - environment: of which Slurm's variables count.
  package static func count(
    online: Int, affinity: Int?, quota: Double?, environment: [String: String]
  ) -> Int {
    let whole = quota.map { Int($0.rounded(.up).clamped(to: 1...1e6)) }
    return max(1, [online, affinity, whole, slurm(environment)].compactMap { $0 }.min() ?? 1)
  }

  /// What Slurm grants a task: `SLURM_CPUS_PER_TASK`, or else its share of what the job step has on
  /// this node (`SLURM_CPUS_ON_NODE` over the node's entry in `SLURM_STEP_TASKS_PER_NODE`).
  package static func slurm(_ environment: [String: String]) -> Int? {
    func positive(_ name: String) -> Int? {
      environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
    if let own = positive("SLURM_CPUS_PER_TASK") { return own }
    guard let all = positive("SLURM_CPUS_ON_NODE") else { return nil }
    let tasks = environment["SLURM_STEP_TASKS_PER_NODE"].map(tasksPerNode) ?? []
    // Without the node's number only equal entries say how many tasks are here.
    let node = environment["SLURM_NODEID"].flatMap { Int($0) }
    let here =
      node.map { tasks.indices.contains($0) ? tasks[$0] : 1 }
      ?? (Set(tasks).count == 1 ? tasks[0] : 1)
    return max(1, all / max(1, here))
  }

  /// Slurm's list of tasks by node: `2(x3),1` is 2, 2, 2, 1; empty when it is not understood.
  private static func tasksPerNode(_ text: String) -> [Int] {
    var tasks: [Int] = []
    for entry in text.split(separator: ",") {
      let parts = entry.split(whereSeparator: { "(x)".contains($0) }).map { Int($0) }
      guard let count = parts.first ?? nil, parts.count <= 2 else { return [] }
      guard let times = parts.count == 2 ? parts[1] : 1, (1...100_000).contains(times) else {
        return []
      }
      tasks += [Int](repeating: count, count: times)
    }
    return tasks
  }

  /// Processors' worth of time that the control groups of this process grant: the least quota over
  /// period of its own group and those above it, of version 2 (`cpu.max`) and version 1
  /// (`cpu.cfs_quota_us`).
  ///
  /// - Parameter read: the text of a file, or `nil` where there is none.
  package static func quota(_ read: (String) -> String?) -> Double? {
    guard let groups = read("/proc/self/cgroup"), let mounts = read("/proc/self/mountinfo") else {
      return nil
    }
    return mounts.split(separator: "\n").flatMap { line -> [Double] in
      guard let mount = Mount(line: line), let group = group(of: mount, in: groups) else {
        return []
      }
      return folders(from: group, of: mount).compactMap {
        mount.isVersion2 ? unified($0, read) : legacy($0, read)
      }
    }.min()
  }

  /// A mounted hierarchy of control groups that may limit processor time.
  private struct Mount {
    /// The group that is seen at `point`.
    let root: String
    let point: String
    let isVersion2: Bool

    /// A line of `/proc/self/mountinfo`, see proc(5).
    init?(line: Substring) {
      let halves = line.components(separatedBy: " - ")
      guard halves.count == 2 else { return nil }
      let (fields, kind) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
      guard fields.count > 4, kind.count > 2 else { return nil }
      isVersion2 = kind[0] == "cgroup2"
      guard isVersion2 || kind[0] == "cgroup" && kind[2].split(separator: ",").contains("cpu")
      else { return nil }
      (root, point) = (String(fields[3]), String(fields[4]))
    }
  }

  /// The group of this process in a mounted hierarchy, as `/proc/self/cgroup` calls it.
  private static func group(of mount: Mount, in groups: String) -> String? {
    for line in groups.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isOurs =
        mount.isVersion2
        ? fields[0] == "0" && fields[1].isEmpty : fields[1].split(separator: ",").contains("cpu")
      if isOurs { return String(fields[2]) }
    }
    return nil
  }

  /// The folders of a group and of those above it, as far as they are mounted.
  private static func folders(from group: String, of mount: Mount) -> [String] {
    var parts = group.split(separator: "/").map(String.init)
    let root = mount.root.split(separator: "/").map(String.init)
    // In a container the mount may begin at the group itself, or the group lie outside of it.
    parts = parts.starts(with: root) ? Array(parts.dropFirst(root.count)) : []
    if parts.contains("..") { parts = [] }
    return (0...parts.count).map { ([mount.point] + parts.prefix($0)).joined(separator: "/") }
  }

  /// `max 100000`, or quota and period in microseconds.
  private static func unified(_ folder: String, _ read: (String) -> String?) -> Double? {
    let fields = read("\(folder)/cpu.max")?.split(whereSeparator: \.isWhitespace) ?? []
    guard fields.count == 2 else { return nil }
    return ratio(String(fields[0]), String(fields[1]))
  }

  /// −1 for no limit.
  private static func legacy(_ folder: String, _ read: (String) -> String?) -> Double? {
    guard let quota = read("\(folder)/cpu.cfs_quota_us"),
      let period = read("\(folder)/cpu.cfs_period_us")
    else { return nil }
    return ratio(quota, period)
  }

  private static func ratio(_ quota: String, _ period: String) -> Double? {
    func number(_ text: String) -> Double? {
      Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    guard let quota = number(quota), let period = number(period), quota > 0, period > 0 else {
      return nil
    }
    return quota / period
  }

  /// Processors that the scheduler may put this thread on.
  private static func affinity() -> Int? {
    let count = Int(rg_affinity_count())
    return count > 0 ? count : nil
  }
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    min(max(self, range.lowerBound), range.upperBound)
  }
}
