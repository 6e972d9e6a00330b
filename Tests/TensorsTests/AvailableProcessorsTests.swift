import Foundation
import Tensors
import Testing

@Suite("How many threads are granted")
struct AvailableProcessorsTests {
  @Test("the least of what is known counts; a part of a processor is one")
  func least() {
    func count(_ affinity: Int?, _ quota: Double?, _ environment: [String: String] = [:]) -> Int {
      AvailableProcessors.count(
        online: 8, affinity: affinity, quota: quota, environment: environment)
    }
    #expect(count(nil, nil) == 8)
    #expect(count(3, nil) == 3 && count(3, 1.5) == 2 && count(nil, 0.2) == 1)
    #expect(count(nil, 64) == 8 && count(nil, 1e300) == 8)
    #expect(count(6, nil, ["SLURM_CPUS_PER_TASK": "4"]) == 4)
    #expect(count(6, nil, ["OMP_NUM_THREADS": "1"]) == 6)
  }

  @Test(
    "Slurm grants a task its own processors, or its share of the node's",
    arguments: [
      ([:], nil), (["SLURM_CPUS_PER_TASK": "4", "SLURM_CPUS_ON_NODE": "16"], 4),
      (["SLURM_CPUS_ON_NODE": "16"], 16), (["SLURM_CPUS_PER_TASK": "many"], nil),
      (["SLURM_CPUS_PER_TASK": "0", "SLURM_CPUS_ON_NODE": "2"], 2),
      (["SLURM_CPUS_ON_NODE": "16", "SLURM_STEP_TASKS_PER_NODE": "4"], 4),
      (
        [
          "SLURM_CPUS_ON_NODE": "16", "SLURM_STEP_TASKS_PER_NODE": "4(x2),2", "SLURM_NODEID": "2",
        ], 8
      ),
      (["SLURM_CPUS_ON_NODE": "2", "SLURM_STEP_TASKS_PER_NODE": "4"], 1),
      (["SLURM_CPUS_ON_NODE": "16", "SLURM_STEP_TASKS_PER_NODE": "?"], 16),
    ] as [([String: String], Int?)])
  func slurm(environment: [String: String], expected: Int?) {
    #expect(AvailableProcessors.slurm(environment) == expected)
  }

  private static let version2 = [
    "/proc/self/cgroup": "0::/user/job\n",
    "/proc/self/mountinfo":
      "24 1 0:20 / /proc rw - proc proc rw\n31 23 0:28 / /cg rw,relatime - cgroup2 cgroup2 rw\n",
  ]

  private static let version1 = [
    "/proc/self/cgroup": "4:cpu,cpuacct:/docker/x\n2:memory:/other\n0::/\n",
    "/proc/self/mountinfo": "35 2 0:9 /docker/x /cg/cpu ro - cgroup cgroup rw,cpu,cpuacct\n",
  ]

  @Test(
    "the quota is the least of a group's and those above it, of either version",
    arguments: [
      (version2, [:], nil), (version2, ["/cg/user/job/cpu.max": "max 100000"], nil),
      (version2, ["/cg/user/job/cpu.max": "150000 100000\n"], 1.5),
      (
        version2,
        ["/cg/user/job/cpu.max": "400000 100000", "/cg/user/cpu.max": "200000 100000"], 2
      ),
      (version2, ["/cg/user/job/cpu.max": "nonsense"], nil),
      (
        version1, ["/cg/cpu/cpu.cfs_quota_us": "50000\n", "/cg/cpu/cpu.cfs_period_us": "100000\n"],
        0.5
      ),
      (
        version1, ["/cg/cpu/cpu.cfs_quota_us": "-1\n", "/cg/cpu/cpu.cfs_period_us": "100000\n"],
        nil
      ),
      ([:], [:], nil),
    ] as [([String: String], [String: String], Double?)])
  func quota(system: [String: String], limits: [String: String], expected: Double?) {
    let files = system.merging(limits) { $1 }
    #expect(AvailableProcessors.quota { files[$0] } == expected)
  }

  @Test("the scheduler's affinity is what nproc says (Linux)")
  func affinity() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/nproc") else { return }
    let nproc = Process()
    nproc.executableURL = URL(fileURLWithPath: "/usr/bin/nproc")
    nproc.environment = [:]
    let pipe = Pipe()
    nproc.standardOutput = pipe
    try nproc.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let said = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(AvailableProcessors.count <= said)
  }
}
