import Foundation
import Support
import Testing
import WeightFiles

/// One end of a connection whose other end is this process, too.
private final class OtherEnd: HDF5Process {
  let descriptor: Int32
  let seconds: Int

  /// - Parameter answer: gets the other end, on a thread of its own, and closes it in the end.
  init(seconds: Int = 60, _ answer: @escaping @Sendable (Int32) -> Void) {
    var ends: [Int32] = [-1, -1]
    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    let other = ends[1]
    (descriptor, self.seconds) = (ends[0], seconds)
    Thread.detachNewThread { answer(other) }
  }

  deinit { close(descriptor) }

  func failure(_ fault: HDF5Fault) -> UserError { UserError("\(fault)") }

  /// What the program's child does.
  static func server() -> OtherEnd {
    OtherEnd {
      try? HDF5Server.serve($0)
      close($0)
    }
  }

  /// Says so much, whatever is asked, and no more.
  static func saying(_ bytes: [UInt8]) -> OtherEnd {
    OtherEnd {
      send($0, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      shutdown($0, Int32(SHUT_WR))
      var asked = [UInt8](repeating: 0, count: 4096)
      while read($0, &asked, asked.count) > 0 {}
      close($0)
    }
  }
}

@Suite("HDF5 files that another process reads")
struct HDF5RemoteTests {
  let path: String

  init() throws { path = try fixture("kinds.h5") }

  /// All that a file gives, errors included, as lines.
  private func everything(_ file: HDF5File) -> [String] {
    var lines: [String] = []
    func note(_ what: String, _ body: () throws -> String) {
      do { lines.append("\(what): \(try body())") } catch { lines.append("\(what): \(error)") }
    }
    func attributes(_ name: String) throws -> String {
      try file.attributes(of: name).sorted { $0.key < $1.key }.map { "\($0)" }.joined()
    }
    note("contents") { "\(try file.contents())" }
    let names = (try? file.datasets().map(\.name)) ?? []
    for name in names + ["/", "outer", "absent"] {
      note("\(name) there") { "\(try file.contains(name))" }
      note("\(name) attributes") { try attributes(name) }
      note("\(name) numbers") {
        let tensor = try file.tensor(name)
        return "\(tensor.shape) \(tensor.elements.map(\.bitPattern))"
      }
      note("\(name) integers") { "\(try file.integers(name))" }
    }
    return lines
  }

  @Test(
    "everything is as when this process reads",
    arguments: [
      "broken_external.h5", "broken_soft.h5", "claims.h5", "cycle.h5", "h5py.h5", "kinds.h5",
      "links.h5", "newer.h5", "packed.h5", "plugin.h5", "unfinished.h5", "unwritten.h5",
      "virtual.h5",
    ])
  func equal(_ name: String) throws {
    let path = try fixture(name)
    func outcome(_ choice: HDF5Gate.Choice) -> [String] {
      do { return everything(try HDF5File(path: path, choice: choice)) } catch {
        return ["\(error)"]
      }
    }
    #expect(outcome { _ in OtherEnd.server() } == outcome { _ in nil })
  }

  @Test("attributes of every kind, and large numbers, come over whole")
  func whole() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("all.h5")
    let large = try ramp([1000, 1000], start: -3)
    try HDF5Writer.create(path) { writer in
      try writer.write(large, to: "a/large")
      try writer.write(integers: [-1, .max, .min], shape: [3], to: "counters")
      try writer.setAttribute("names", .texts(["a", "", "ŷ"]))
      try writer.setAttribute("rates", .reals([0.1, .infinity, -0.0]))
      try writer.setAttribute("steps", .integers([.min, 7]))
    }
    let file = try HDF5File(path: path) { _ in OtherEnd.server() }
    #expect(try file.tensor("a/large").elements == large.elements)
    #expect(everything(file) == everything(try HDF5File(path: path)))
  }

  @Test("one file may be asked by several threads")
  func threads() async throws {
    let file = try HDF5File(path: path) { _ in OtherEnd.server() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<20 {
            let numbers = try file.tensor("big_endian").elements
            #expect(numbers == [1.5, -2.5])
          }
        }
      }
      try await group.waitForAll()
    }
  }

  // MARK: - What is no answer

  /// A byte for the kind, the length of what follows, and that.
  private func frame(_ kind: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
    [kind] + number(length ?? body.count) + body
  }
  private func number(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: Int64(number)) { [UInt8]($0) }
  }
  private func shape(_ extents: Int...) -> [UInt8] {
    frame(1, number(extents.count) + extents.flatMap(number))
  }
  private func text(_ text: String) -> [UInt8] { number(text.utf8.count) + text.utf8 }

  private var opened: [UInt8] { frame(1, [1]) }

  /// What is said of a file whose process says this after it has opened it.
  private func complaint(
    _ answer: [UInt8], _ read: (HDF5File) throws -> Void
  ) throws -> String {
    let file = try HDF5File(path: path) { _ in OtherEnd.saying(opened + answer) }
    return try WeightFilesTests.complaint { try read(file) }
  }

  @Test("nonsense is told as such, whatever was asked")
  func nonsense() throws {
    for answer in [
      [], [0], [9], frame(0, []), frame(3, [1]), frame(1, [2]), frame(1, []), frame(1, [1, 1]),
      frame(1, [], length: 1 << 60), frame(1, [], length: -1), frame(1, number(1 << 60)),
      frame(1, number(-1)), frame(2, text("a")), frame(2, number(1 << 60)),
      frame(2, number(2) + [0xC3, 0x28, 0]),
    ] {
      let reads: [(HDF5File) throws -> Void] = [
        { _ = try $0.contents() }, { _ = try $0.attributes() }, { _ = try $0.tensor("int16") },
        { _ = try $0.integers("int16") }, { _ = try $0.contains("int16") },
      ]
      for (index, read) in reads.enumerated() {
        let line = try complaint(answer, read)
        #expect(["ended", "nonsense"].contains(line), "\(answer) to \(index): \(line)")
      }
    }
    #expect(throws: UserError("ended")) {
      _ = try HDF5File(path: path) { _ in OtherEnd.saying([7]) }
    }
  }

  @Test("numbers that are too few, too many, or of no such shape are none")
  func numbers() throws {
    let tensor = { (file: HDF5File) in _ = try file.tensor("a") }
    #expect(try complaint(shape(4) + [1, 2, 3, 4, 5], tensor) == "ended")
    #expect(try complaint(shape(1 << 60), tensor) == "nonsense")
    #expect(try complaint(shape(1 << 40, 1 << 40), tensor) == "nonsense")
    #expect(try complaint(shape(-1), tensor) == "nonsense")
    #expect(try complaint(shape(-1, -1), tensor) == "nonsense")
    #expect(try complaint(frame(1, number(1 << 60)), { _ = try $0.integers("a") }) == "nonsense")
    #expect(try complaint(frame(1, number(2)) + [1], { _ = try $0.integers("a") }) == "ended")
    let manyAxes = frame(1, number(33) + (0..<33).flatMap { _ in number(1) })
    #expect(try complaint(manyAxes + [0, 0, 0, 0], tensor) == "nonsense")
  }

  @Test("numbers of another shape than the contents have are none")
  func contradiction() throws {
    let dataset = text("a") + number(1) + number(2) + text("float32") + [0]
    let contents = frame(1, number(1) + dataset + number(0))
    for answer in [shape(3) + [UInt8](repeating: 0, count: 12), frame(1, number(3))] {
      let file = try HDF5File(path: path) { _ in OtherEnd.saying(opened + contents + answer) }
      #expect(try file.datasets().map(\.shape) == [[2]])
      #expect(throws: UserError("nonsense")) {
        if answer.count == 17 { _ = try file.integers("a") } else { _ = try file.tensor("a") }
      }
      // What is over stays over.
      #expect(throws: UserError("nonsense")) { _ = try file.contains("a") }
    }
  }

  @Test("an error keeps its words and loses what a terminal would obey")
  func words() throws {
    let answer = frame(2, text("\(path): a\u{1B}[2Jb") + [1] + text("c\u{7}"))
    #expect(try complaint(answer) { _ = try $0.contents() } == "\(path): a?[2Jb; c?")
  }

  @Test("one that never answers is waited for no longer than its seconds, over all that is asked")
  func late() throws {
    let opened = opened
    let process = OtherEnd(seconds: 1) { other in
      Thread.sleep(forTimeInterval: 0.5)
      send(other, opened, opened.count, Int32(MSG_NOSIGNAL))
      Thread.sleep(forTimeInterval: 5)
      close(other)
    }
    let file = try HDF5File(path: path) { _ in process }
    let began = ContinuousClock.now
    #expect(throws: UserError("late")) { _ = try file.contents() }
    #expect(ContinuousClock.now - began < .seconds(4))
  }

  // MARK: - Processes

  /// What is said of a file that a script is to read.
  private func complaint(script: String, seconds: Int = 20) throws -> String {
    try WeightFilesTests.complaint {
      let file = try HDF5File(path: path) {
        try HDF5Child(
          program: "/bin/sh", arguments: ["-c", script], path: $0, seconds: seconds,
          bytes: 1 << 30)
      }
      _ = try file.contents()
    }
  }

  @Test(
    "the end of a process is told",
    arguments: [
      ("kill -SEGV $$", "crashed on it (signal 11)"), ("exit 7", "ended with status 7"),
      (#"printf '\1\1\0\0\0\0\0\0\0\1'; kill -ABRT $$"#, "crashed on it (signal 6)"),
      (#"printf '\1\1\0\0\0\0\0\0\0\1'; exit 1"#, "wanted more than 1024 MiB of memory"),
      ("head -c 99 /dev/zero; sleep 60", "answered nonsense"),
      ("exec sleep 60", "did not get through it in 1 s"),
      (#"printf '\1\1\0\0\0\0\0\0\0\1'; exec sleep 60"#, "did not get through it in 1 s"),
    ])
  func endings(_ script: String, _ ending: String) throws {
    let line = try complaint(script: script, seconds: ending.hasSuffix("1 s") ? 1 : 20)
    let whole = "\(path): damaged HDF5 file (the HDF5 library, in a process of its own, \(ending))"
    #expect(line.hasPrefix("\(whole); copy or download it again"), "\(line)")
  }

  @Test("a process that somebody kills says nothing of the file")
  func killed() throws {
    let line = try complaint(script: #"printf '\1\1\0\0\0\0\0\0\0\1'; kill -KILL $$"#)
    let start = "\(path): cannot be read in a process of its own (that was killed"
    #expect(line.hasPrefix(start), "\(line)")
  }

  @Test("a program that cannot be started is told")
  func noProgram() throws {
    let line = try WeightFilesTests.complaint {
      _ = try HDF5File(path: path) {
        try HDF5Child(program: "/nowhere", path: $0, seconds: 1, bytes: 1)
      }
    }
    #expect(line.hasPrefix("\(path): cannot be read in a process of its own ("), "\(line)")
  }
}
